/* data/images.h - where images come from: files (a folder, a list, operands), one IDX file, or a tensor (NPY,
 * NPZ).
 *
 * All of it is known before the first pixel is decoded: how many, labels, paths, class names.  Pixels follow
 * block by block.  Functions return NULL or a message (tv_msg) that names the source.
 */
#ifndef TV_DATA_IMAGES_H
#define TV_DATA_IMAGES_H
#include "core/stream.h"
#include "data/bytes.h"
#include "data/idx.h"
#include "data/image.h"

struct tv_images {
    char *name; /* for messages, the history and generated paths: base name of the file or folder */
    int64_t n;
    int32_t *label;    /* [n], -1 unknown; NULL: no labels */
    char **domain;     /* [n]; NULL: none */
    char **path;       /* [n]; NULL: "<name>#<row>" */
    char **class_name; /* by index; NULL: unknown */
    size_t classes;

    char *dir;              /* files: what goes before each path; "" for none */
    bool listed;            /* files: by a list called `name` */
    uint32_t crc;           /* files: CRC-32 of those read, one after another */
    struct tv_bytes *bytes; /* IDX: the file, at row idx.done */
    struct tv_idx idx;
    uint8_t *raw; /* IDX: rows of the block under way */
    size_t raw_cap;
    struct tv_set set; /* tensor: keeps it alive */
    const struct tv_tensor *tensor;
};

void tv_images_release(struct tv_images *s);

/* ---- sources ---- */

/* A folder: subfolders are classes, in byte order of their names, with all images below each in byte order of
 * their paths (data/folder.c); a folder without subfolders holds unlabelled images.  Names that begin with a
 * dot are left out. */
const char *tv_images_folder(struct tv_images *s, const char *dir);
/* A text table (tab- or comma-separated) of paths and, optionally, labels and domains (data/list.c): columns
 * path, label, domain in this order or as its header line says.  Relative paths start from `dir`.  Labels are
 * indices or class names (numbered in byte order). */
const char *tv_images_list(struct tv_images *s, const char *text, const char *name, const char *dir);
/* Single files, unlabelled. */
const char *tv_images_files(struct tv_images *s, char *const *paths, int n);
/* 8-bit IDX of 3 or 4 dimensions, its header not yet read; takes over `b`. */
const char *tv_images_idx(struct tv_images *s, struct tv_bytes *b);
/* The tensor `image` of a set, with `label`, `domain` and `path` where it has them, and the meta `classes`;
 * takes over the set.  8-bit [N,H,W] and [N,H,W,C], or another number type [N,C,H,W]: then the images stay
 * floats. */
const char *tv_images_set(struct tv_images *s, struct tv_set *set);

/* ---- labels from elsewhere ---- */

/* Labels of every image from an IDX, NPY or text file (one index or class name a line). */
const char *tv_images_labels(struct tv_images *s, const char *path);
/* Takes class names from `list` (a file of one a line, or names separated by commas).  Images labelled by
 * class name are numbered by it, those of other classes go; a name matches a line or its first word
 * (synset_words.txt).  Images labelled by index get these names.  */
const char *tv_images_classes(struct tv_images *s, const char *list);

/* ---- pixels ---- */

bool tv_images_are_float(const struct tv_images *s);
/* Makes rows[0..n), ascending over all calls, ready; not in parallel. */
const char *tv_images_fetch(struct tv_images *s, const int64_t *rows, int64_t n);
/* Image i of those fetched: 8-bit pixels.  May run in parallel; `file` and `cap` are the thread's buffer, and
 * crc and size receive the file's CRC-32 and bytes (0 bytes for other sources). */
const char *tv_images_get(const struct tv_images *s, int64_t row, int64_t i, struct tv_image *im,
                          uint8_t **file, size_t *cap, uint32_t *crc, size_t *size);
/* Path of a row, as it goes into the dataset.  New string. */
char *tv_images_path_new(const struct tv_images *s, int64_t row);
/* The same for messages: the file as it can be opened, after the list that names it.  New string. */
char *tv_images_where_new(const struct tv_images *s, int64_t row);
/* Everything wanted was read: registers the source for the history. */
const char *tv_images_finish(struct tv_images *s);

#endif
