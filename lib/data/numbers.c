/* data/numbers.c - see numbers.h. */
#include "data/numbers.h"

#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/str.h"
#include "data/cells.h"
#include "data/labels.h"

struct table {
    char **line;
    size_t n, first; /* lines; the first that is no header */
    size_t bytes;
    char separator;
    size_t columns;
    struct tv_str names; /* of the columns; empty without a header */
};

/* Blanks may stand before a number. */
static bool parse(const char *cell, double *v) { return tv_parse_double(cell + strspn(cell, " "), v); }

static const char *read_header(struct table *t)
{
    double v;
    const char *error = NULL;
    char **cell = tv_cells_new(t->line[t->first], t->separator, &t->columns);
    bool header = true;
    for (size_t i = 0; i < t->columns; i++) header &= !parse(cell[i], &v);
    for (size_t i = 0; i < t->columns && header && !error; i++) {
        tv_str_add(&t->names, "%s%s", i ? "," : "", cell[i] + strspn(cell[i], " "));
        if (strchr(cell[i], ',')) error = tv_msg("want names of columns without commas, got '%s'", cell[i]);
    }
    t->first += header;
    tv_split_free(cell);
    return error;
}

static const char *read_row(const struct table *t, size_t line, double *to)
{
    size_t n;
    const char *error = NULL;
    char **cell = tv_cells_new(t->line[line], t->separator, &n);
    if (n != t->columns)
        error = tv_msg("line %zu: want %zu columns as in the first line, got %zu", line + 1, t->columns, n);
    for (size_t i = 0; i < n && !error; i++)
        if (!parse(cell[i], &to[i])) error = tv_msg("line %zu: want a number, got '%s'", line + 1, cell[i]);
    tv_split_free(cell);
    return error;
}

/* Why a table of fewer bytes than its cells take is none: the line that has too few. */
static const char *check_rows(const struct table *t)
{
    const char *error = NULL;
    double *row = TV_ARRAY(double, t->columns);
    for (size_t i = t->first; i < t->n && !error; i++)
        if (*t->line[i]) error = read_row(t, i, row);
    free(row);
    return error;
}

static const char *read_rows(struct table *t, struct tv_tensor **to, const char *name)
{
    while (t->first < t->n && !*t->line[t->first]) t->first++;
    if (t->first == t->n) return "want a table of numbers, found no line";
    t->separator = tv_cells_separator(t->line[t->first]);
    const char *error = read_header(t);
    size_t row = 0, rows = 0;
    for (size_t i = t->first; i < t->n; i++) rows += *t->line[i] != 0;
    if (!error && !rows) error = "want numbers under the names of the columns, found none";
    /* a number and what ends it are two bytes: lines as long as the first may not all be there */
    if (!error && t->columns > (t->bytes / 2 + 1) / rows) error = check_rows(t);
    if (error) return error;
    *to = tv_tensor_new(name, TV_F64, 2, (int64_t[]){(int64_t)rows, (int64_t)t->columns});
    if (t->names.s) tv_attrs_set(&(*to)->attrs, "columns", t->names.s);
    for (size_t i = t->first; i < t->n && !error; i++)
        if (*t->line[i]) error = read_row(t, i, (double *)(*to)->data + t->columns * row++);
    return error;
}

const char *tv_numbers_parse_new(struct tv_tensor **t, const char *text, const char *name)
{
    struct table table = {.bytes = strlen(text)};
    *t = NULL;
    table.line = tv_lines_new(text, &table.n);
    const char *error = read_rows(&table, t, name);
    if (error && *t) tv_tensor_free(*t), *t = NULL;
    tv_str_release(&table.names);
    tv_split_free(table.line);
    return error;
}
