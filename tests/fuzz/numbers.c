/* Tables of numbers in text. */
#include "core/mem.h"
#include "data/numbers.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tv_tensor *t;
    tv_die_hook = fuzz_jump;
    if (setjmp(fuzz_away)) return 0;
    char *text = tv_strndup((const char *)bytes, n);
    if (!tv_numbers_parse_new(&t, text, "x")) tv_tensor_free(t);
    free(text);
    return 0;
}
