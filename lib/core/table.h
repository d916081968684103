/* core/table.h - text output of the programs: tab-separated lines under a header line, or with --json an
 * array of objects.  The same calls make both:
 *
 *     struct tv_table t;
 *     tv_table_begin(&t, (const char *const[]){"tensor", "rows", NULL}, tv_common.json);
 *     tv_table_text(&t, "image"); tv_table_int(&t, 40);       one cell after the other, line by line
 *     tv_table_end(&t); tv_file_write(tv_common.output, t.out.s, t.out.len); tv_str_release(&t.out);
 */
#ifndef TV_CORE_TABLE_H
#define TV_CORE_TABLE_H
#include "core/str.h"

struct tv_table {
    struct tv_str out;
    const char *const *columns;
    size_t column, rows;
    bool json;
};
/* `columns` is NULL-terminated and borrowed until tv_table_end. */
void tv_table_begin(struct tv_table *t, const char *const *columns, bool json);
/* Tabs, line ends and backslashes are written \t, \n, \\ in tab-separated text.  NULL: "" or null. */
void tv_table_text(struct tv_table *t, const char *s);
void tv_table_int(struct tv_table *t, int64_t v);
/* Not a number, infinite: nan, inf; in JSON null. */
void tv_table_number(struct tv_table *t, double v);
/* A cell that is JSON already; in tab-separated text `text` stands for it. */
void tv_table_json(struct tv_table *t, const char *json, const char *text);
/* t->out is complete; the caller releases it. */
void tv_table_end(struct tv_table *t);

#endif
