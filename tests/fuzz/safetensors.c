#include "fuzz.h"
#include "core/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tv_set s = {0};
    tv_die_hook = fuzz_jump;
    if (setjmp(fuzz_away)) return 0;
    (void)!tv_safetensors_parse(&s, bytes, n);
    tv_set_release(&s);
    return 0;
}
