/* data/cells.c - see cells.h. */
#include "data/cells.h"

#include <string.h>
#include "core/mem.h"
#include "core/str.h"

char tv_cells_separator(const char *line) { return strchr(line, '\t') ? '\t' : ','; }

char **tv_cells_new(const char *line, char separator, size_t *n)
{
    if (separator == '\t') return tv_split_new(line, separator, n);
    struct tv_str cell = {0};
    char **cells = NULL;
    size_t cap = 0;
    bool quoted = false;
    *n = 0;
    for (const char *p = line;; p++) {
        if (*p == '"' && quoted && p[1] == '"') {
            tv_str_put(&cell, p++, 1);
        } else if (*p == '"') {
            quoted = !quoted;
        } else if (*p && (quoted || *p != separator)) {
            tv_str_put(&cell, p, 1);
        } else {
            cells = tv_grow(cells, &cap, *n + 2, sizeof *cells);
            cells[(*n)++] = tv_strdup(cell.s ? cell.s : "");
            cells[*n] = NULL;
            cell.len = 0;
            tv_str_put(&cell, "", 0);
            if (!*p) break;
        }
    }
    tv_str_release(&cell);
    return cells;
}
