/* tv-info - what a stream holds: tensors, keys, history. */
#include "core/cmd.h"
#include "core/stats.h"
#include "core/table.h"
#include "core/mem.h"
#include "nn/describe.h"
#include "nn/onnx.h"
#include <stdlib.h>
#include <string.h>

static bool stats, history, meta;

static const struct tv_opt opts[] = {
    {"stats", 's', TV_OPT_FLAG, &stats, .help = "also smallest, largest and mean value of each tensor"},
    {"history", 'H', TV_OPT_FLAG, &history, .help = "print where the data came from, as a tree"},
    {"meta", 'm', TV_OPT_FLAG, &meta, .help = "print the stream's keys and values"},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-info",
    .summary = "list what a stream or a model holds",
    .purpose = "stream",
    .operands = "[FILE...]",
    .example = "tv-info source.tv",
    .opts = opts,
    .common = TV_CMD_OUTPUT | TV_CMD_JSON | TV_CMD_FORCE_TTY,
    .max_args = -1,
};

/* The listing under way; every file adds to it. */
static struct tv_table table;
static struct tv_str tree;

static void add_attributes(const struct tv_attrs *a)
{
    struct tv_str json = {0}, text = {0};
    tv_str_add(&json, "{");
    tv_str_put(&text, "", 0);
    for (size_t i = 0; i < a->n; i++) {
        tv_str_add(&json, i ? ", " : "");
        tv_str_json(&json, a->at[i].key);
        tv_str_add(&json, ": ");
        tv_str_json(&json, a->at[i].value);
        tv_str_add(&text, "%s%s=%s", i ? " " : "", a->at[i].key, a->at[i].value);
    }
    tv_str_add(&json, "}");
    tv_table_json(&table, json.s, text.s);
    tv_str_release(&json);
    tv_str_release(&text);
}

static void add_shape(const struct tv_tensor *t)
{
    struct tv_str s = {0};
    tv_str_add(&s, "[");
    for (int d = 0; d < t->rank; d++) tv_str_add(&s, "%s%lld", d ? "," : "", (long long)t->dim[d]);
    tv_str_add(&s, "]");
    tv_table_json(&table, s.s, s.s);
    tv_str_release(&s);
}

static void add_tensor(const char *file, const struct tv_tensor *t, const struct tv_stats *s)
{
    tv_table_text(&table, file);
    tv_table_text(&table, t->name);
    tv_table_text(&table, tv_dtype_name(t->dtype));
    add_shape(t);
    if (stats) {
        tv_table_number(&table, s->min);
        tv_table_number(&table, s->max);
        tv_table_number(&table, s->mean);
        tv_table_int(&table, s->nans);
    }
    add_attributes(&t->attrs);
}

static void add_meta(const char *file, const struct tv_record *rec)
{
    if (history && !strcmp(rec->key, "history")) tv_history_tree(&tree, rec->value);
    if (!meta) return;
    tv_table_text(&table, file);
    tv_table_text(&table, rec->key);
    tv_table_text(&table, rec->value);
}

static void list_stream(const char *path)
{
    struct tv_reader *r = tv_reader_open(path);
    const struct tv_tensor **tensor = NULL;
    struct tv_stats *stat = NULL;
    size_t n = 0, cap = 0, stat_cap = 0;
    struct tv_record rec;
    while (tv_reader_next(r, &rec) != TV_EV_END) {
        if (rec.event == TV_EV_META) add_meta(tv_reader_name(r), &rec);
        if (rec.event == TV_EV_TENSOR) {
            tensor = tv_grow(tensor, &cap, n + 1, sizeof *tensor);
            stat = tv_grow(stat, &stat_cap, n + 1, sizeof *stat);
            tensor[n] = rec.tensor;
            tv_stats_begin(&stat[n++]);
        }
        if (rec.event == TV_EV_ROWS && stats && rec.tensor->dtype != TV_STR)
            tv_stats_add(&stat[rec.id], rec.tensor->dtype, rec.data,
                         (size_t)(rec.rows * tv_tensor_row(rec.tensor)));
    }
    for (size_t i = 0; i < n && !meta && !history; i++) add_tensor(tv_reader_name(r), tensor[i], &stat[i]);
    free(tensor);
    free(stat);
    tv_reader_close(r);
}

static void list_model(const char *path)
{
    struct tv_graph g;
    const char *err = tv_onnx_load(&g, path, NULL);
    if (err) tv_die(TV_DATA, "%s: %s", tv_basename(path), err);
    (meta ? tv_describe_meta : tv_describe)(&table, &g, g.name);
    tv_graph_release(&g);
}

int main(int argc, char **argv)
{
    static const char *const plain[] = {"file", "tensor", "dtype", "shape", "attributes", NULL};
    static const char *const with_stats[] = {"file", "tensor", "dtype", "shape",      "min",
                                             "max",  "mean",   "nans",  "attributes", NULL};
    static const char *const keys[] = {"file", "key", "value", NULL};
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    if (history && (meta || tv_common.json))
        tv_die(TV_USAGE, "--history goes with neither --meta nor --json");
    int models = 0;
    for (int i = 0; i < in.n; i++) models += tv_onnx_is_file(in.at[i]);
    if (models && (models < in.n || stats || history))
        tv_die(TV_USAGE, "models are listed without streams, and without --stats and --history");
    const char *const *columns = models ? tv_describe_columns : stats ? with_stats : plain;
    tv_table_begin(&table, meta ? keys : columns, tv_common.json);
    for (int i = 0; i < (in.n ? in.n : 1); i++) (models ? list_model : list_stream)(tv_cmd_input(&in, i));
    tv_table_end(&table);
    struct tv_str *out = history ? &tree : &table.out;
    tv_file_write(tv_common.output, out->s ? out->s : "", out->len);
    tv_str_release(&table.out);
    tv_str_release(&tree);
    return TV_DONE;
}
