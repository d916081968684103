/* IDX and gzip around it: as a tensor, and as images read in steps. */
#include "fuzz.h"
#include "data/images.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tv_bytes *b;
    struct tv_tensor *t = NULL;
    struct tv_images s = {0};
    tv_die_hook = fuzz_jump;
    if (setjmp(fuzz_away)) return 0;
    if (!tv_bytes_open(&b, fuzz_file(bytes, n))) {
        if (!tv_idx_tensor_new(&t, b, "x")) tv_tensor_free(t);
        tv_bytes_close(b);
    }
    if (tv_bytes_open(&b, fuzz_file(bytes, n))) return 0;
    if (!tv_images_idx(&s, b))
        for (int64_t row = 0; row < s.n && row < 100; row++)
            if (tv_images_fetch(&s, &row, 1)) break;
    tv_images_release(&s);
    return 0;
}
