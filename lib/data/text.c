#include "data/text.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/output.h"
#include "core/str.h"

enum { FLUSH = 1 << 20 }; /* bytes of text that are gathered before they are written */

const char *tv_text_check(const struct tv_set *s)
{
    int64_t rows = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct tv_tensor *t = s->at[i];
        if (t->rank > 2)
            return tv_msg(
                "%s: want at most 2 dimensions for a table, got %s; npz, safetensors and json keep them, -t "
                "chooses others",
                t->name, tv_tensor_text(t));
        int64_t n = t->rank ? t->dim[0] : 1;
        if (i == 0) rows = n;
        if (n != rows)
            return tv_msg(
                "%s: want %lld rows as %s has, got %lld; choose tensors that go side by side with -t",
                t->name, (long long)rows, s->at[0]->name, (long long)n);
    }
    return NULL;
}

/* ---- one value ---- */

/* The shortest text that reads back as the same float; 9 digits always do. */
static void add_float(struct tv_str *b, float v)
{
    char text[32];
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)v);
        if (strtof(text, NULL) == v) break;
    }
    tv_str_add(b, "%s", text);
}

static void add_real(struct tv_str *b, const struct tv_tensor *t, int64_t i)
{
    double v = tv_tensor_get(t, i);
    if (!isfinite(v))
        tv_str_add(b, "%s", isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
    else if (t->dtype == TV_F64)
        tv_str_double(b, v);
    else
        add_float(b, (float)v);
}

/* Element i of a numeric tensor. */
static void add_number(struct tv_str *b, const struct tv_tensor *t, int64_t i)
{
    if (tv_dtype_is_float(t->dtype))
        add_real(b, t, i);
    else if (t->dtype == TV_U64)
        tv_str_add(b, "%" PRIu64, ((const uint64_t *)t->data)[i]);
    else if (t->dtype == TV_I64)
        tv_str_add(b, "%" PRId64, ((const int64_t *)t->data)[i]);
    else
        tv_str_add(b, "%.0f", tv_tensor_get(t, i));
}

static void add_text(struct tv_str *b, const char *text, char sep)
{
    if (sep == ',') {
        if (!text[strcspn(text, ",\"\r\n")]) {
            tv_str_add(b, "%s", text);
            return;
        }
        tv_str_add(b, "\"");
        for (const char *p = text; *p; p++) tv_str_put(b, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
        tv_str_add(b, "\"");
        return;
    }
    for (const char *p = text; *p; p++)
        if (*p == '\t' || *p == '\n' || *p == '\\')
            tv_str_add(b, "\\%c", *p == '\t' ? 't' : *p == '\n' ? 'n' : '\\');
        else
            tv_str_put(b, p, 1);
}

static const char *text_at(const struct tv_tensor *t, int64_t i) { return ((char *const *)t->data)[i]; }

static void flush(struct tv_str *b, struct tv_output *o, size_t least)
{
    if (b->len < least || !b->len) return;
    tv_output_write(o, b->s, b->len);
    b->len = 0;
}

/* ---- tables ---- */

static int64_t columns(const struct tv_tensor *t) { return t->rank == 2 ? t->dim[1] : 1; }

static void add_header(struct tv_str *b, const struct tv_set *s, char sep)
{
    bool first = true;
    for (size_t i = 0; i < s->n; i++)
        for (int64_t k = 0; k < columns(s->at[i]); k++, first = false) {
            if (!first) tv_str_put(b, &sep, 1);
            add_text(b, s->at[i]->name, sep);
            if (s->at[i]->rank == 2) tv_str_add(b, ".%lld", (long long)k);
        }
    tv_str_add(b, "\n");
}

static void add_row(struct tv_str *b, const struct tv_set *s, int64_t row, char sep)
{
    bool first = true;
    for (size_t i = 0; i < s->n; i++) {
        const struct tv_tensor *t = s->at[i];
        for (int64_t k = 0, n = columns(t); k < n; k++, first = false) {
            if (!first) tv_str_put(b, &sep, 1);
            if (t->dtype == TV_STR)
                add_text(b, text_at(t, row * n + k), sep);
            else
                add_number(b, t, row * n + k);
        }
    }
    tv_str_add(b, "\n");
}

void tv_text_table(const char *path, const struct tv_set *s, char sep)
{
    struct tv_str b = {0};
    struct tv_output o;
    int64_t rows = !s->n ? 0 : s->at[0]->rank ? s->at[0]->dim[0] : 1;
    tv_output_open(&o, path, false);
    add_header(&b, s, sep);
    for (int64_t i = 0; i < rows; i++) {
        add_row(&b, s, i, sep);
        flush(&b, &o, FLUSH);
    }
    flush(&b, &o, 0);
    tv_output_close(&o);
    tv_str_release(&b);
}

/* ---- JSON ---- */

static void add_attrs(struct tv_str *b, const struct tv_attrs *a)
{
    tv_str_add(b, "{");
    for (size_t i = 0; i < a->n; i++) {
        if (i) tv_str_add(b, ", ");
        tv_str_json(b, a->at[i].key);
        tv_str_add(b, ": ");
        if (!strcmp(a->at[i].key, "history"))
            tv_str_add(b, "%s", a->at[i].value); /* is JSON */
        else
            tv_str_json(b, a->at[i].value);
    }
    tv_str_add(b, "}");
}

static void add_json_value(struct tv_str *b, const struct tv_tensor *t, int64_t i)
{
    if (t->dtype == TV_STR)
        tv_str_json(b, text_at(t, i));
    else if (t->dtype == TV_BOOL)
        tv_str_add(b, "%s", tv_tensor_get(t, i) != 0 ? "true" : "false");
    else if (tv_dtype_is_float(t->dtype) && !isfinite(tv_tensor_get(t, i)))
        tv_str_add(b, "null");
    else
        add_number(b, t, i);
}

/* Elements of dimension d and below, from element `at` on; returns the element after them. */
static int64_t add_nested(struct tv_str *b, struct tv_output *o, const struct tv_tensor *t, int d, int64_t at)
{
    if (d == t->rank) {
        add_json_value(b, t, at);
        flush(b, o, FLUSH);
        return at + 1;
    }
    tv_str_add(b, "[");
    for (int64_t i = 0; i < t->dim[d]; i++) {
        if (i) tv_str_add(b, ", ");
        at = add_nested(b, o, t, d + 1, at);
    }
    tv_str_add(b, "]");
    return at;
}

void tv_text_json(const char *path, const struct tv_set *s)
{
    struct tv_str b = {0};
    struct tv_output o;
    tv_output_open(&o, path, false);
    tv_str_add(&b, "{\"meta\": ");
    add_attrs(&b, &s->meta);
    tv_str_add(&b, ",\n\"tensors\": {");
    for (size_t i = 0; i < s->n; i++) {
        const struct tv_tensor *t = s->at[i];
        tv_str_add(&b, "%s\n", i ? "," : "");
        tv_str_json(&b, t->name);
        tv_str_add(&b, ": {\"dtype\": \"%s\", \"shape\": [", tv_dtype_name(t->dtype));
        for (int d = 0; d < t->rank; d++) tv_str_add(&b, "%s%lld", d ? ", " : "", (long long)t->dim[d]);
        tv_str_add(&b, "], \"attributes\": ");
        add_attrs(&b, &t->attrs);
        tv_str_add(&b, ", \"data\": ");
        add_nested(&b, &o, t, 0, 0);
        tv_str_add(&b, "}");
    }
    tv_str_add(&b, "}}\n");
    flush(&b, &o, 0);
    tv_output_close(&o);
    tv_str_release(&b);
}
