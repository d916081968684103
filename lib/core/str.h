/* core/str.h - strings: builder, globs, lists, sizes, and "did you mean". */
#ifndef TV_CORE_STR_H
#define TV_CORE_STR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/err.h"

/* A growing string; {0} is an empty one.  `s` is always terminated once something was added. */
struct tv_str {
    char *s;
    size_t len, cap;
};
void tv_str_add(struct tv_str *b, const char *fmt, ...) TV_PRINTF(2, 3);
void tv_str_put(struct tv_str *b, const void *bytes, size_t n);
void tv_str_release(struct tv_str *b);

/* New string, printf-like; the caller frees it. */
char *tv_format_new(const char *fmt, ...) TV_PRINTF(1, 2);
/* Shell pattern with * ? [..]; '/' is an ordinary character. */
bool tv_glob(const char *pattern, const char *name);
/* What of `name` the (single) '*' of `pattern` matched, NULL when it does not match.  New string. */
char *tv_glob_star_new(const char *pattern, const char *name);
/* The entry of `names` (NULL-terminated) nearest to `word` by edit distance, or NULL when none is near. */
const char *tv_nearest(const char *word, const char *const *names);
/* Splits at `sep` into a NULL-terminated array of new strings; tv_split_free frees both. */
char **tv_split_new(const char *s, char sep, size_t *n);
void tv_split_free(char **list);
/* "512", "4k", "1.5G", "2GiB" -> bytes; false when it is none. */
bool tv_parse_size(const char *s, uint64_t *bytes);
bool tv_parse_int(const char *s, int64_t *v);
bool tv_parse_double(const char *s, double *v);
/* Base name without directories; borrowed from `path`. */
const char *tv_basename(const char *path);
/* Appends a Unicode character as UTF-8. */
void tv_str_utf8(struct tv_str *b, uint32_t c);
/* Appends `s` as a JSON string, quotes included. */
void tv_str_json(struct tv_str *b, const char *s);
/* Appends a double so that it reads back equal and prints short ("0.1", "1e-30"). */
void tv_str_double(struct tv_str *b, double v);

#endif
