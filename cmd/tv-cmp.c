/* tv-cmp - are two streams equal, or close enough? */
#include "core/cmd.h"
#include "core/stats.h"
#include "core/table.h"
#include <string.h>

static struct {
    double rtol, atol, l1;
} limit = {.l1 = -1};
static struct tv_strings globs;

static const struct tv_opt opts[] = {
    {"rtol", 'r', TV_OPT_DOUBLE, &limit.rtol, "T", "close: |a-b| <= ATOL + T |a|, a from the first file",
     .max = 1e300},
    {"atol", 'a', TV_OPT_DOUBLE, &limit.atol, "T", "close: |a-b| <= T + RTOL |a|", .max = 1e300},
    {"l1", 0, TV_OPT_DOUBLE, &limit.l1, "T",
     "close: sum |a-b| <= T sum |a| of a tensor, instead; -1: not used", .min = -1, .max = 1e300},
    {"tensor", 't', TV_OPT_STRINGS, &globs, "GLOB", "compare the tensors whose name matches"},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-cmp",
    .summary = "compare two streams tensor by tensor",
    .purpose = "stream",
    .operands = "FILE FILE",
    .example = "tv-cmp --rtol 1e-4 --atol 1e-6 reference.npz result.tv",
    .opts = opts,
    .common = TV_CMD_OUTPUT | TV_CMD_JSON | TV_CMD_FORCE_TTY,
    .min_args = 2,
    .max_args = 2,
};

static void add_line(struct tv_table *t, const char *name, const char *verdict, const struct tv_diff *d)
{
    tv_table_text(t, name);
    tv_table_text(t, verdict);
    tv_table_int(t, d->count);
    tv_table_int(t, d->off);
    tv_table_number(t, d->max_abs);
    tv_table_number(t, d->max_rel);
    tv_table_number(t, d->l1);
}

/* "equal" and "close" are a yes. */
static const char *compare(struct tv_diff *d, const struct tv_tensor *a, const struct tv_tensor *b)
{
    bool tolerant = limit.rtol > 0 || limit.atol > 0 || limit.l1 >= 0;
    bool shapes = a->rank == b->rank && !memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim);
    bool texts = a->dtype == TV_STR && b->dtype == TV_STR;
    *d = (struct tv_diff){0};
    if (!shapes) return tv_msg("shapes differ: %s, %s", tv_tensor_text(a), tv_tensor_text(b));
    if (a->dtype != b->dtype && (a->dtype == TV_STR || b->dtype == TV_STR || !tolerant))
        return tv_msg("dtypes differ: %s, %s", tv_dtype_name(a->dtype), tv_dtype_name(b->dtype));
    if (texts)
        tv_diff_strings(d, a, b);
    else
        tv_diff_numbers(d, a, b, limit.rtol, limit.atol);
    if (d->max_abs == 0) return "equal";
    return (limit.l1 >= 0 ? d->l1 <= limit.l1 : d->off == 0) ? "close" : "different";
}

static bool is_yes(const char *verdict) { return !strcmp(verdict, "equal") || !strcmp(verdict, "close"); }

int main(int argc, char **argv)
{
    static const char *const columns[] = {"tensor",  "verdict", "count", "off",
                                          "max_abs", "max_rel", "l1",    NULL};
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    struct tv_set a, b;
    struct tv_table t;
    struct tv_diff d, none = {0};
    bool yes = true;
    tv_set_read(&a, in.at[0], globs.n ? globs.at : NULL);
    tv_set_read(&b, in.at[1], globs.n ? globs.at : NULL);
    if (globs.n && !a.n && !b.n) tv_die(TV_DATA, "neither file has a tensor that matches %s", globs.at[0]);
    tv_table_begin(&t, columns, tv_common.json);
    for (size_t i = 0; i < a.n; i++) {
        const struct tv_tensor *other = tv_set_find(&b, a.at[i]->name);
        const char *verdict = other ? compare(&d, a.at[i], other) : "only in the first";
        add_line(&t, a.at[i]->name, verdict, other ? &d : &none);
        yes &= is_yes(verdict);
    }
    for (size_t i = 0; i < b.n; i++) {
        if (tv_set_find(&a, b.at[i]->name)) continue;
        add_line(&t, b.at[i]->name, "only in the second", &none);
        yes = false;
    }
    tv_table_end(&t);
    if (tv_verbosity >= 0) tv_file_write(tv_common.output, t.out.s, t.out.len);
    tv_str_release(&t.out);
    tv_set_release(&a);
    tv_set_release(&b);
    return yes ? TV_DONE : TV_NO;
}
