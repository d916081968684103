/* core/reader.h - the inside of struct tv_reader, for the files of lib/core that share it. */
#ifndef TV_CORE_READER_H
#define TV_CORE_READER_H
#include "core/format.h"
#include "core/index.h"
#include "core/inflate.h"
#include "core/source.h"
#include "core/str.h"
#include "core/stream.h"

struct tv_reader {
    struct tv_source src;
    const char *name; /* src.path without directories, or "stdin" */
    int turn;         /* among the inputs of the history */
    uint64_t at;      /* offset of the record under way */

    /* what was declared; ids of a segment's tensors count from `first` */
    struct tv_tensor **tensor;
    int64_t *seen; /* rows of every tensor that came */
    size_t n, cap, seen_cap, first;
    struct tv_index names;
    struct tv_attrs meta;
    char *history; /* of the segment under way */

    /* running checks of the segment */
    uint64_t records;
    uint32_t chain;    /* of the record headers */
    uint32_t file_crc; /* CRC-32 of all its bytes */
    bool ended;        /* the end record was the last one */

    /* buffers of the record under way */
    uint8_t *raw; /* decompressed payload */
    struct tv_inflate inflate;
    char **strings;
    size_t strings_cap;
    struct tv_str text; /* the characters of `strings` */
    char *key;
    bool in_place; /* the record's data is part of a mapping and may be used as long as it */

    /* .npy and .npz: parsed whole, then handed out tensor by tensor */
    struct tv_set *foreign;
    size_t foreign_next;
    bool foreign_declared;

    struct tv_reader *other; /* list of the open readers */
};

/* Reads and verifies the rest of every open reader: nothing is finished before all input is known to be
 * whole. */
void tv_readers_finish(void);
/* Frees the readers that a fuzzer's tv_die_hook jumped away from. */
void tv_readers_abandon(void);
/* Reads and verifies what is left of `r`. */
void tv_reader_finish(struct tv_reader *r);
/* Can rows be read again?  Those of a mapped file and of an archive can, a pipe's cannot. */
bool tv_reader_can_again(const struct tv_reader *r);
/* The rows of tensor `id` that tv_reader_next gave when r->at was `at`.  What was verified then is not
 * verified again. */
void tv_reader_again(struct tv_reader *r, int id, uint64_t at, struct tv_record *rec);
/* Gives back the memory of a mapped file's bytes [from, to), which are read again when they are used again. */
void tv_reader_drop(struct tv_reader *r, uint64_t from, uint64_t to);
/* Dies (exit 3): "name: at byte N: message". */
_Noreturn void tv_reader_fail(const struct tv_reader *r, const char *fmt, ...) TV_PRINTF(2, 3);
/* The payload of a rows record as elements in memory; checks its size. */
void *tv_reader_decode(struct tv_reader *r, const struct tv_format_header *h, const struct tv_tensor *t,
                       uint8_t *payload);

#endif
