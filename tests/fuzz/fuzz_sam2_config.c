/* The YAML of a SAM 2: read or refused, and what is read stays within its limits. */
#include "models/sam2/config.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Sam2Config cfg;
    Err err = { 0 };
    if (!sam2_config_parse(&cfg, (const char *)data, size, "x", &err))
        return 0;
    if (cfg.image_size < 1 || cfg.image_size > 4096 || cfg.embed_dim < 1 || cfg.embed_dim > 4096)
        abort();
    for (int i = 0; i < HIERA_STAGES; i++)
        if (cfg.stages[i] < 1 || cfg.stages[i] > 256 || cfg.window_spec[i] < 1)
            abort();
    return 0;
}
