/* Streams made of pieces: zlib reads them back, the same bytes for any threads, hardly longer than in one
 * piece. */
#include <omp.h>
#include <stdlib.h>
#include <zlib.h>
#include "check.h"
#include "core/deflate.h"
#include "core/mem.h"
#include "num/rng.h"

enum { PIECE = 128 << 10 };

static void check_back(const struct tv_deflate *x)
{
    uLong n = (uLong)x->n, used = (uLong)x->size;
    uint8_t *back = tv_alloc(x->n + 1, 1);
    CHECK(uncompress2(back, &n, x->packed, &used) == Z_OK && n == x->n && used == x->size);
    CHECK(!memcmp(back, x->bytes, x->n));
    free(back);
}

int main(void)
{
    const size_t sizes[] = {0, 1, 100, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 777};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    struct tv_deflate one[COUNT], many[COUNT];
    uint8_t *bytes = tv_alloc(4 * PIECE, 1);
    struct tv_rng r;
    tv_rng_seed(&r, 1, 0);
    for (int i = 0; i < 4 * PIECE; i++) bytes[i] = (uint8_t)(i / 1000 + (int)tv_rng_below(&r, 3));
    for (int level = 1; level <= 9; level += 4) {
        for (int i = 0; i < COUNT; i++) one[i] = many[i] = (struct tv_deflate){.bytes = bytes, .n = sizes[i]};
        omp_set_num_threads(1);
        tv_deflate(one, COUNT, level);
        omp_set_num_threads(3);
        tv_deflate(many, COUNT, level);
        for (int i = 0; i < COUNT; i++) {
            uLong whole = compressBound((uLong)sizes[i]);
            uint8_t *packed = tv_alloc(whole, 1);
            check_back(&one[i]);
            CHECK(one[i].size == many[i].size && !memcmp(one[i].packed, many[i].packed, one[i].size));
            CHECK(compress2(packed, &whole, bytes, (uLong)sizes[i], level) == Z_OK);
            CHECK(one[i].size <= whole + whole / 50 + 16);
            free(packed);
        }
        for (int i = 0; i < COUNT; i++) free(one[i].packed), free(many[i].packed);
    }
    free(bytes);
    return check_done();
}
