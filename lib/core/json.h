/* core/json.h - a small JSON reader, for the history: objects, arrays, strings and numbers into a tree. */
#ifndef TV_CORE_JSON_H
#define TV_CORE_JSON_H
#include <stdbool.h>
#include <stddef.h>

enum tv_json_type {
    TV_JSON_NULL,
    TV_JSON_BOOL,
    TV_JSON_NUMBER,
    TV_JSON_STRING,
    TV_JSON_ARRAY,
    TV_JSON_OBJECT
};
struct tv_json {
    enum tv_json_type type;
    double number;      /* NUMBER; BOOL: 0 or 1 */
    char *text;         /* STRING, unescaped */
    char *key;          /* of a member of an object */
    struct tv_json *at; /* elements or members */
    size_t n, cap;
};
/* The tree of a text, NULL when it is not JSON or is nested deeper than 256.  tv_json_free frees it. */
struct tv_json *tv_json_parse_new(const char *text);
void tv_json_free(struct tv_json *j);
bool tv_json_valid(const char *text);
/* The member `key` of an object, NULL when absent or `j` is none. */
const struct tv_json *tv_json_get(const struct tv_json *j, const char *key);
/* The text of the member when it is a string, else "". */
const char *tv_json_text(const struct tv_json *j, const char *key);

#endif
