/* The stream's reader: record by record, and whole sets. */
#include "core/reader.h"
#include "mend.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct tv_set s;
    struct tv_record rec;
    const char *path = fuzz_mended_file(bytes, n);
    tv_die_hook = fuzz_jump;
    if (!setjmp(fuzz_away)) {
        struct tv_reader *r = tv_reader_open(path);
        while (tv_reader_next(r, &rec) != TV_EV_END) {
        }
        tv_reader_close(r);
        tv_set_read(&s, path, NULL);
    }
    tv_set_release(&s);
    tv_readers_abandon();
    return 0;
}
