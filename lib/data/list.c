/* Images listed by path: a table in a text file, or operands. */
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "data/cells.h"
#include "data/images.h"
#include "data/labels.h"

enum { PATH, LABEL, DOMAIN, COLUMNS };

/* Which of our columns a header's word names; -1 when none. */
static int column_of(const char *word)
{
    static const struct {
        const char *word;
        int column;
    } words[] = {{"path", PATH},   {"file", PATH},   {"filename", PATH}, {"image", PATH},
                 {"label", LABEL}, {"class", LABEL}, {"domain", DOMAIN}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i].word, word)) return words[i].column;
    return -1;
}

struct table {
    char **line;
    size_t n, first; /* lines; the first that is no header */
    char sep;
    int place[COLUMNS]; /* cell that holds the column; -1: absent */
};

/* A first line with a cell "path", "file"... is a header; without one the columns are path, label, domain. */
static void read_header(struct table *t)
{
    size_t n, hits = 0;
    t->sep = tv_cells_separator(t->line[0]);
    char **cell = tv_cells_new(t->line[0], t->sep, &n);
    for (int k = 0; k < COLUMNS; k++) t->place[k] = -1;
    for (size_t i = 0; i < n; i++) {
        int k = column_of(cell[i]);
        if (k >= 0 && t->place[k] < 0) t->place[k] = (int)i, hits += k == PATH;
    }
    t->first = hits > 0;
    for (int k = 0; k < COLUMNS && !hits; k++) t->place[k] = k < (int)n ? k : -1;
    tv_split_free(cell);
}

/* The rows' cells: three arrays of new strings, or NULL where the table has no such column. */
static const char *read_rows(struct table *t, const char *name, char **column[COLUMNS], int64_t *rows)
{
    *rows = 0;
    for (int k = 0; k < COLUMNS; k++)
        column[k] = t->place[k] < 0 ? NULL : tv_alloc(t->n - t->first + 1, sizeof(char *));
    for (size_t i = t->first; i < t->n; i++) {
        if (!*t->line[i]) continue;
        size_t n;
        char **cell = tv_cells_new(t->line[i], t->sep, &n);
        const char *msg = NULL;
        for (int k = 0; k < COLUMNS && !msg; k++)
            if (t->place[k] >= (int)n)
                msg = tv_msg("%s: line %zu: want %d columns as in the first line, got %zu", name, i + 1,
                             t->place[k] + 1, n);
            else if (t->place[k] >= 0)
                column[k][*rows] = tv_strdup(cell[t->place[k]]);
        tv_split_free(cell);
        ++*rows;
        if (msg) return msg;
        if (!*column[PATH][*rows - 1]) return tv_msg("%s: line %zu: no path", name, i + 1);
    }
    return NULL;
}

const char *tv_images_list(struct tv_images *s, const char *text, const char *name, const char *dir)
{
    struct table t = {0};
    char **column[COLUMNS] = {NULL};
    memset(s, 0, sizeof *s);
    s->name = tv_strdup(name);
    s->dir = tv_strdup(dir);
    s->listed = true;
    t.line = tv_lines_new(text, &t.n);
    const char *msg = NULL;
    if (t.n) {
        read_header(&t);
        msg = read_rows(&t, name, column, &s->n);
    }
    if (!msg && s->n == 0)
        msg = tv_msg("%s: no images; want a list of paths, with labels in the second column", name);
    s->path = column[PATH], s->domain = column[DOMAIN];
    if (!msg && column[LABEL]) {
        s->label = TV_ARRAY(int32_t, (size_t)s->n);
        msg = tv_labels_parse(s->label, column[LABEL], s->n, &s->class_name, &s->classes);
        if (msg) msg = tv_msg("%s: %s", name, msg);
    }
    if (column[LABEL]) tv_split_free(column[LABEL]);
    tv_split_free(t.line);
    return msg;
}

const char *tv_images_files(struct tv_images *s, char *const *paths, int n)
{
    memset(s, 0, sizeof *s);
    s->name = tv_strdup(n == 1 ? tv_basename(paths[0]) : "images");
    s->dir = tv_strdup("");
    s->path = tv_alloc((size_t)n + 1, sizeof(char *));
    for (s->n = 0; s->n < n; s->n++) s->path[s->n] = tv_strdup(paths[s->n]);
    return NULL;
}
