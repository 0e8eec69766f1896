/* Any bytes as a file of options: JSON when the first byte is even, else YAML. */
#include "scratch.h"

#include "cli/config_file.h"
#include "cli/run_options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    Err err = { 0 };
    const char *path = scratch_write(data[0] % 2 ? "c.yaml" : "c.json", data + 1, size - 1);
    json_t *json = config_file_read(path, &err);
    if (!json && !err.kind)
        abort();
    RunOptions r = { 0 };
    Options o;
    if (json && options_begin(&o, run_options, &r, &err))
        (void)!options_apply_json(&o, json, FROM_CONFIG, path, &err);
    options_clear(run_options, &r);
    json_decref(json);
    return 0;
}
