/* core/zip.h - the part of the ZIP format that NPZ files use: stored and deflated members, ZIP64, no
 * encryption. */
#ifndef TV_CORE_ZIP_H
#define TV_CORE_ZIP_H
#include "core/output.h"
#include <stdint.h>

struct tv_zip_member {
    char *name;
    const uint8_t *bytes; /* in the archive when stored, else in memory of ours */
    size_t n;
    uint8_t *owned;
};
/* Calls `use` for every member, in the order of the central directory; stops at the first message that it
 * returns. NULL, or what is wrong (tv_msg).  Sizes are checked against the archive's before memory is asked
 * for. */
const char *tv_zip_each(const uint8_t *zip, size_t n,
                        const char *(*use)(void *ctx, const struct tv_zip_member *m), void *ctx);

/* A writer of stored members with a fixed date: equal members, equal bytes. */
struct tv_zip_writer {
    struct tv_output *out;
    uint64_t at;
    struct tv_zip_entry *entry;
    size_t n, cap;
};
/* One member made of `parts` pieces. */
struct tv_zip_piece {
    const void *bytes;
    size_t n;
};
void tv_zip_add(struct tv_zip_writer *w, const char *name, const struct tv_zip_piece *piece, size_t parts);
void tv_zip_finish(struct tv_zip_writer *w);

#endif
