/* PNG, JPEG and PNM: decoding, then the geometry that tv-import does. */
#include "fuzz.h"
#include "data/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct tv_image im;
    tv_die_hook = fuzz_jump;
    if (setjmp(fuzz_away)) return 0;
    if (tv_image_decode(&im, bytes, n) || im.h * im.w > 1 << 20) return 0;
    tv_image_channels(&im, n & 1 ? 3 : 1);
    if (!tv_image_resize_shorter(&im, 16)) (void)!tv_image_crop(&im, 16, 16);
    (void)!tv_image_pad(&im, 20, 20);
    return 0;
}
