/* report/object.h - the report's data as compact JSON: members separate themselves by commas, numbers are
 * short, long arrays are base64 of little-endian elements that the page reads into typed arrays.
 *
 *     tv_object_open(b, NULL, '{');
 *     tv_object_number(b, "score", 0.26);        {"score":0.26,"u":{"f32":"AACAPw=="}}
 *     tv_object_f32(b, "u", u, n);
 *     tv_object_close(b, '}');
 *
 * `key` NULL: an element of an array.
 */
#ifndef TV_REPORT_OBJECT_H
#define TV_REPORT_OBJECT_H
#include <stddef.h>
#include <stdint.h>
#include "core/str.h"

void tv_object_open(struct tv_str *b, const char *key, char bracket);
void tv_object_close(struct tv_str *b, char bracket);
void tv_object_text(struct tv_str *b, const char *key, const char *value); /* NULL: null */
void tv_object_number(struct tv_str *b, const char *key, double value);    /* not finite: null */
/* [1,2.5,null] with so many significant digits. */
void tv_object_list(struct tv_str *b, const char *key, const double *v, int64_t n, int digits);
void tv_object_indices(struct tv_str *b, const char *key, const int64_t *v, int64_t n);
void tv_object_texts(struct tv_str *b, const char *key, char *const *v, int64_t n);
/* {"f32":"..."}, {"i32":"..."}, {"i16":"..."} */
void tv_object_f32(struct tv_str *b, const char *key, const double *v, int64_t n);
void tv_object_i32(struct tv_str *b, const char *key, const int64_t *v, int64_t n);
void tv_object_i16(struct tv_str *b, const char *key, const int16_t *v, int64_t n);
/* Appends the bytes as base64 (RFC 4648). */
void tv_base64(struct tv_str *b, const void *bytes, size_t n);

#endif
