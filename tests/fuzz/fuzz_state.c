/* Any bytes as pipeline_state.json, which is written again and read back. */
#include "scratch.h"

#include "pipeline/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    State s = { 0 }, again = { 0 };
    Err err = { 0 };
    const char *path = scratch_write("pipeline_state.json", data, size);
    if (state_load(&s, path, &err)) {
        for (int step = STEP_FIRST; step <= STEP_LAST; step++)
            state_set_completed(&s, step, !state_completed(&s, step));
        if (!state_save(&s, path, &err) || !state_load(&again, path, &err))
            abort();
    } else if (!err.kind) {
        abort();
    }
    state_clear(&s);
    state_clear(&again);
    return 0;
}
