/* core/stream.h - the tensor stream of tv(5): reader, writer, and a whole stream in memory.
 *
 *     magic | record | record | ... | end record    every record: 64-byte header, payload padded to 64 bytes
 *
 *     record kinds   meta    one key/value of the stream    tensor   declares name, dtype, shape, attributes
 *                    rows    rows of one declared tensor    end      number of records, CRC over all of them
 *
 * Everything here dies with the right exit code and a message that names the file, the tensor and the offset,
 * so that callers stay short.  Files are mapped and used in place; pipes are read into chunk-sized buffers.
 * A reader also takes .npy and .npz files (core/npy.h) as if they were streams.
 */
#ifndef TV_CORE_STREAM_H
#define TV_CORE_STREAM_H
#include "core/tensor.h"

/* ---- reading, record by record ---- */

enum tv_event {
    TV_EV_META,   /* key, value */
    TV_EV_TENSOR, /* a tensor is declared: `tensor` (data NULL; dim[0] is -1 while the number of rows is
                     unknown) */
    TV_EV_ROWS,   /* rows of `tensor`: `rows` of them from index `row0`, elements at `data` */
    TV_EV_END,    /* the end record was read and every CRC held */
};
struct tv_record {
    enum tv_event event;
    const char *key, *value;  /* META; borrowed until the next call */
    struct tv_tensor *tensor; /* TENSOR, ROWS: owned by the reader, lives as long as it */
    int id;                   /* its number in the stream, from 0 */
    int64_t row0, rows;
    void *data; /* borrowed until the next call; TV_STR: char *[] */
};
struct tv_reader;
/* "-" is stdin.  The input is registered for the history of the output. */
struct tv_reader *tv_reader_open(const char *path);
enum tv_event tv_reader_next(struct tv_reader *r, struct tv_record *rec);
const char *tv_reader_name(const struct tv_reader *r); /* for messages: base name or "stdin" */
void tv_reader_close(struct tv_reader *r);             /* reads and verifies whatever is left */

/* ---- a whole stream in memory ---- */

struct tv_set {
    size_t n, cap;
    struct tv_tensor **at; /* in stream order */
    struct tv_attrs meta;
    char *name;             /* where it came from, for messages */
    struct tv_reader *from; /* keeps the mapping alive */
};
/* Reads and verifies all of `path`; keeps the tensors whose name matches one of `globs` (NULL-terminated;
 * NULL: all). */
void tv_set_read(struct tv_set *s, const char *path, const char *const *globs);
struct tv_tensor *tv_set_find(const struct tv_set *s, const char *name); /* NULL when absent */
/* Dies (exit 3) naming the set and the tensor when it is absent or its rank differs (rank < 0: any). */
struct tv_tensor *tv_set_want(const struct tv_set *s, const char *name, int rank);
/* Adds a tensor; the set owns it then.  Returns it. */
struct tv_tensor *tv_set_add(struct tv_set *s, struct tv_tensor *t);
void tv_set_release(struct tv_set *s);

/* ---- writing ---- */

struct tv_writer;
/* NULL or "-": stdout (refused when it is a terminal).  A file is written under a temporary name and renamed
 * by tv_writer_close; it is removed when the program ends before. */
struct tv_writer *tv_writer_open(const char *path);
/* Set before the first tensor as a rule; a key may be set again until the next tensor is begun or put. */
void tv_writer_meta(struct tv_writer *w, const char *key, const char *value);
/* Copies every key of `meta` but "history". */
void tv_writer_metas(struct tv_writer *w, const struct tv_attrs *meta);
/* A complete tensor, at once.  Ends the current group if that has rows already. */
void tv_writer_put(struct tv_writer *w, const struct tv_tensor *t);
/* As tv_writer_put for bare arrays. */
void tv_writer_array(struct tv_writer *w, const char *name, enum tv_dtype t, int rank, const int64_t *dim,
                     const void *data, const struct tv_attrs *attrs);
/* Declares a tensor whose rows follow; dim[0] may be -1.  Returns its number.  All tensors begun before the
 * first tv_writer_rows form a group whose chunks are cut at fixed row counts, so that the bytes do not depend
 * on how many rows a call brings.  Rows of a group's tensors are expected to advance together. */
int tv_writer_begin(struct tv_writer *w, const char *name, enum tv_dtype t, int rank, const int64_t *dim,
                    const struct tv_attrs *attrs);
void tv_writer_rows(struct tv_writer *w, int id, int64_t rows, const void *data);
/* Ends the current group (what is buffered is written); further tv_writer_begin calls start a new one. */
void tv_writer_end_group(struct tv_writer *w);
/* Writes what is buffered, the history (core/cmd.h) and the end record; renames.  Dies when anything fails.
 */
void tv_writer_close(struct tv_writer *w);
/* Asks for zlib-compressed chunks. */
void tv_writer_compress(struct tv_writer *w, int level);
/* Replaces the history that tv_writer_close would write (tv-cat merging equal shards); NULL: none. */
void tv_writer_history(struct tv_writer *w, const char *json);

#endif
