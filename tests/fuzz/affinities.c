/* Affinities of eight rows as tv-tsne --load-p takes them: what is accepted can be gone through. */
#include "analysis/affinity.h"
#include "analysis/map_out.h"
#include "core/reader.h"
#include "mend.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    enum { ROWS = 8 };
    static struct tv_sparse p;
    static float degree[ROWS];
    const char *path = fuzz_mended_file(bytes, n);
    tv_die_hook = fuzz_jump;
    if (!setjmp(fuzz_away) && !tv_map_load_p(&p, path, ROWS)) {
        for (int64_t i = 0; i < ROWS; i++)
            for (int64_t e = 0; e < tv_sparse_size(&p, i); e++)
                degree[p.column[p.start[i] + e]] += p.value[p.start[i] + e];
        tv_sparse_release(&p);
    }
    tv_readers_abandon();
    return 0;
}
