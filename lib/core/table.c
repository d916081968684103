/* core/table.c - see table.h. */
#include "core/table.h"
#include <math.h>
#include <string.h>

void tv_table_begin(struct tv_table *t, const char *const *columns, bool json)
{
    *t = (struct tv_table){.columns = columns, .json = json};
    if (json) tv_str_add(&t->out, "[");
    for (size_t i = 0; !json && columns[i]; i++) tv_str_add(&t->out, "%s%s", i ? "\t" : "", columns[i]);
    if (!json) tv_str_add(&t->out, "\n");
}

/* What comes before a cell, and the line's start with the first. */
static void open_cell(struct tv_table *t)
{
    if (!t->json) {
        if (t->column) tv_str_add(&t->out, "\t");
        return;
    }
    if (!t->column)
        tv_str_add(&t->out, "%s\n  {", t->rows ? "," : "");
    else
        tv_str_add(&t->out, ", ");
    tv_str_json(&t->out, t->columns[t->column]);
    tv_str_add(&t->out, ": ");
}

static void close_cell(struct tv_table *t)
{
    if (t->columns[++t->column]) return;
    tv_str_add(&t->out, t->json ? "}" : "\n");
    t->column = 0;
    t->rows++;
}

static void add_escaped(struct tv_str *b, const char *s)
{
    for (; *s; s++) {
        if (*s == '\t')
            tv_str_add(b, "\\t");
        else if (*s == '\n')
            tv_str_add(b, "\\n");
        else if (*s == '\\')
            tv_str_add(b, "\\\\");
        else
            tv_str_put(b, s, 1);
    }
}

void tv_table_text(struct tv_table *t, const char *s)
{
    open_cell(t);
    if (!t->json)
        add_escaped(&t->out, s ? s : "");
    else if (s)
        tv_str_json(&t->out, s);
    else
        tv_str_add(&t->out, "null");
    close_cell(t);
}

void tv_table_int(struct tv_table *t, int64_t v)
{
    open_cell(t);
    tv_str_add(&t->out, "%lld", (long long)v);
    close_cell(t);
}

void tv_table_number(struct tv_table *t, double v)
{
    open_cell(t);
    if (t->json && !isfinite(v))
        tv_str_add(&t->out, "null");
    else
        tv_str_double(&t->out, v);
    close_cell(t);
}

void tv_table_json(struct tv_table *t, const char *json, const char *text)
{
    open_cell(t);
    if (t->json)
        tv_str_put(&t->out, json, strlen(json));
    else
        add_escaped(&t->out, text);
    close_cell(t);
}

void tv_table_end(struct tv_table *t)
{
    if (t->json) tv_str_add(&t->out, t->rows ? "\n]\n" : "]\n");
}
