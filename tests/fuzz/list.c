/* Text lists of paths and labels: no image is read. */
#include <string.h>
#include "fuzz.h"
#include "core/mem.h"
#include "data/images.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tv_images s = {0};
    tv_die_hook = fuzz_jump;
    if (setjmp(fuzz_away)) return 0;
    char *text = tv_strndup((const char *)bytes, n);
    if (!tv_images_list(&s, text, "list", "")) (void)!tv_images_classes(&s, "a,b,c");
    tv_images_release(&s);
    free(text);
    return 0;
}
