/* tv_crc against zlib: every length around the blocks', every alignment, in pieces, and known values. */
#include <stdlib.h>
#include <zlib.h>
#include "check.h"
#include "core/format.h"
#include "num/rng.h"

enum { SIZE = 1 << 16 };

int main(void)
{
    static uint8_t bytes[SIZE + 64];
    struct tv_rng r;
    tv_rng_seed(&r, 1, 0);
    for (int i = 0; i < SIZE + 64; i++) bytes[i] = (uint8_t)tv_rng_below(&r, 256);
    CHECK(tv_crc(0, "123456789", 9) == 0xcbf43926);
    CHECK(tv_crc(0, bytes, 0) == 0 && tv_crc(77, bytes, 0) == 77);
    bool same = true;
    for (size_t n = 0; n < 600; n++)
        for (size_t at = 0; at < 64; at += 7) same &= tv_crc(0, bytes + at, n) == crc32_z(0, bytes + at, n);
    CHECK(same);
    for (size_t n = SIZE - 130; n <= SIZE; n += 13)
        CHECK(tv_crc(12345, bytes + 1, n) == crc32_z(12345, bytes + 1, n));
    for (size_t cut = 0; cut < SIZE; cut += 4097)
        CHECK(tv_crc(tv_crc(0, bytes, cut), bytes + cut, SIZE - cut) == crc32_z(0, bytes, SIZE));
    return check_done();
}
