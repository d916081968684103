/* .npy arrays and .npz archives, in memory. */
#include "fuzz.h"
#include "core/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct tv_set s;
    tv_die_hook = fuzz_jump;
    if (!setjmp(fuzz_away)) {
        const char *wrong = tv_npy_parse(&s, bytes, n, "x");
        for (size_t i = 0; !wrong && i < s.n; i++)
            if (s.at[i]->dtype != TV_STR && tv_tensor_count(s.at[i])) tv_tensor_get(s.at[i], 0);
    }
    tv_set_release(&s);
    return 0;
}
