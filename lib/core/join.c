/* core/join.c - see join.h.
 *
 * Every input is read up to its next declarations; the group that the first unfinished input declares is
 * taken from all inputs that declare it too, one after the other, chunk by chunk:
 *
 *     a.tv   TENS x y | ROWS x y x y | TENS z | ...
 *     b.tv   TENS x y | ROWS x y     | TENS z | ...
 *     out    TENS x y | rows of a | rows of b | TENS z | ...
 */
#include "core/join.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include <stdlib.h>
#include <string.h>

struct input {
    struct tv_reader *r;
    struct tv_record rec;              /* the record that comes next */
    const struct tv_tensor **declared; /* the group that it declares next */
    size_t n, cap;
    bool taken; /* declared[] is being joined */
    int64_t shard;
    char *history;
};

struct join {
    struct input *in;
    int n;
    bool in_union, sharded;
    struct tv_writer *w;
    struct tv_attrs meta; /* of all inputs */
};

/* ---- keys ---- */

static const char *take_meta(struct join *j, struct input *in)
{
    const char *key = in->rec.key, *value = in->rec.value, *old = tv_attrs_get(&j->meta, key);
    if (!strcmp(key, "history")) {
        free(in->history);
        in->history = tv_strdup(value);
        return NULL;
    }
    if (!strcmp(key, "shard")) {
        char *slash = strchr(value, '/'), *index = tv_strndup(value, strcspn(value, "/"));
        int64_t shards;
        bool ok =
            slash && tv_parse_int(index, &in->shard) && tv_parse_int(slash + 1, &shards) && in->shard >= 0;
        free(index);
        if (!ok) return tv_msg("%s: key shard: want I/N, got %s", tv_reader_name(in->r), value);
        if (shards != j->n)
            return tv_msg("%s: is part %s, want all %lld parts together, got %d", tv_reader_name(in->r),
                          value, (long long)shards, j->n);
        return NULL;
    }
    if (!old) {
        tv_attrs_set(&j->meta, key, value);
        tv_writer_meta(j->w, key, value);
    } else if (strcmp(old, value)) {
        if (!strcmp(key, "classes") || !strcmp(key, "layers"))
            return tv_msg("%s: key %s differs from %s's; want the same %s in all inputs",
                          tv_reader_name(in->r), key, tv_reader_name(j->in->r), key);
        tv_warn("%s: key %s is '%s', '%s' is kept", tv_reader_name(in->r), key, value, old);
    }
    return NULL;
}

/* Reads on to the next rows: keys are taken, declarations are collected. */
static const char *advance(struct join *j, struct input *in)
{
    const char *wrong = NULL;
    for (;; tv_reader_next(in->r, &in->rec)) {
        if (in->rec.event == TV_EV_META) {
            wrong = take_meta(j, in);
        } else if (in->rec.event == TV_EV_TENSOR) {
            in->declared = tv_grow(in->declared, &in->cap, in->n + 1, sizeof *in->declared);
            in->declared[in->n++] = in->rec.tensor;
        } else {
            return wrong;
        }
        if (wrong) return wrong;
    }
}

/* ---- groups ---- */

static const struct tv_tensor *declares(const struct input *in, const char *name)
{
    for (size_t i = 0; i < in->n; i++)
        if (!strcmp(in->declared[i]->name, name)) return in->declared[i];
    return NULL;
}

static const char *same_kind(const struct input *ia, const struct tv_tensor *a, const struct input *ib,
                             const struct tv_tensor *b)
{
    bool same = a->dtype == b->dtype && a->rank == b->rank;
    for (int d = 1; same && d < a->rank; d++) same = a->dim[d] == b->dim[d];
    if (!same)
        return tv_msg("%s: %s: want %s as in %s, got %s", tv_reader_name(ib->r), b->name, tv_tensor_text(a),
                      tv_reader_name(ia->r), tv_tensor_text(b));
    for (size_t i = 0; i < a->attrs.n || i < b->attrs.n; i++) {
        const struct tv_attrs *longer = a->attrs.n > b->attrs.n ? &a->attrs : &b->attrs;
        const char *key = longer->at[i].key, *va = tv_attrs_get(&a->attrs, key),
                   *vb = tv_attrs_get(&b->attrs, key);
        if (!va || !vb || strcmp(va, vb))
            return tv_msg("%s: %s: attribute %s is %s, in %s %s", tv_reader_name(ib->r), b->name, key,
                          vb ? vb : "absent", tv_reader_name(ia->r), va ? va : "absent");
    }
    return NULL;
}

/* Which inputs declare the group of `lead` too; what they lack. */
static const char *match(struct join *j, struct input *lead)
{
    for (struct input *in = j->in; in < j->in + j->n; in++) {
        in->taken = false;
        for (size_t i = 0; i < lead->n; i++) {
            const struct tv_tensor *a = lead->declared[i], *b = declares(in, a->name);
            const char *wrong = b ? same_kind(lead, a, in, b) : NULL;
            if (wrong) return wrong;
            in->taken |= b != NULL;
        }
        for (size_t i = 0; i < lead->n && !j->in_union; i++) {
            const struct tv_tensor *a = lead->declared[i];
            if (!declares(in, a->name) && a->rank)
                return tv_msg(
                    "%s: want tensor %s next, as in %s, found %s; --union keeps what only some have",
                    tv_reader_name(in->r), a->name, tv_reader_name(lead->r),
                    in->n ? in->declared[0]->name : "the end");
        }
        for (size_t i = 0; in->taken && i < in->n; i++)
            if (!declares(lead, in->declared[i]->name) && !(j->in_union || in->declared[i]->rank == 0))
                return tv_msg("%s: want tensor %s, as in %s, found none; --union keeps what only some have",
                              tv_reader_name(lead->r), in->declared[i]->name, tv_reader_name(in->r));
    }
    return NULL;
}

/* A tensor of the output and where its rows come from. */
struct column {
    const struct tv_tensor *t; /* of the first input that has it */
    int out;
    void *scalar; /* rank 0: the value, for comparison */
};

static struct column *find_column(struct column *c, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(c[i].t->name, name)) return &c[i];
    return NULL;
}

/* Declares the union of what the inputs taken declare; rows add up where all are known. */
static struct column *declare_new(struct join *j, size_t *count)
{
    struct column *column = NULL;
    size_t n = 0, cap = 0;
    tv_writer_end_group(j->w);
    for (struct input *in = j->in; in < j->in + j->n; in++)
        for (size_t i = 0; in->taken && i < in->n; i++) {
            const struct tv_tensor *t = in->declared[i];
            if (find_column(column, n, t->name)) continue;
            int64_t dim[TV_MAX_RANK];
            memcpy(dim, t->dim, sizeof dim);
            for (struct input *k = in + 1; k < j->in + j->n && t->rank; k++) {
                const struct tv_tensor *more = k->taken ? declares(k, t->name) : NULL;
                if (more) dim[0] = dim[0] < 0 || more->dim[0] < 0 ? -1 : dim[0] + more->dim[0];
            }
            column = tv_grow(column, &cap, n + 1, sizeof *column);
            column[n++] =
                (struct column){t, tv_writer_begin(j->w, t->name, t->dtype, t->rank, dim, &t->attrs), NULL};
        }
    *count = n;
    return column;
}

/* A value without dimensions: written when it comes first, compared after that. */
static const char *take_scalar(struct join *j, const struct input *in, struct column *c)
{
    size_t size = tv_dtype_size(c->t->dtype);
    const void *data = in->rec.data;
    bool text = c->t->dtype == TV_STR;
    if (!c->scalar) {
        tv_writer_rows(j->w, c->out, 1, data);
        c->scalar = text ? tv_strdup(*(char *const *)data) : memcpy(tv_alloc(1, size), data, size);
        return NULL;
    }
    if (text ? !strcmp(c->scalar, *(char *const *)data) : !memcmp(c->scalar, data, size)) return NULL;
    return tv_msg("%s: %s: differs from the value before, and has no rows to append; rename one (tv-select)",
                  tv_reader_name(in->r), c->t->name);
}

/* Appends the rows of the group that `in` declared. */
static const char *take_rows(struct join *j, struct input *in, struct column *column, size_t n)
{
    in->n = 0; /* what comes declared next is another group */
    while (in->rec.event == TV_EV_ROWS) {
        struct column *c = find_column(column, n, in->rec.tensor->name);
        if (!c)
            return tv_msg("%s: %s: its chunks lie apart; rewrite the file with tv-select",
                          tv_reader_name(in->r), in->rec.tensor->name);
        const char *wrong = NULL;
        if (c->t->rank == 0)
            wrong = take_scalar(j, in, c);
        else
            tv_writer_rows(j->w, c->out, in->rec.rows, in->rec.data);
        if (wrong) return wrong;
        tv_reader_next(in->r, &in->rec);
    }
    return advance(j, in);
}

static const char *join_group(struct join *j, struct input *lead)
{
    const char *wrong = match(j, lead);
    if (wrong) return wrong;
    size_t n;
    struct column *column = declare_new(j, &n);
    for (struct input *in = j->in; in < j->in + j->n && !wrong; in++)
        if (in->taken) wrong = take_rows(j, in, column, n);
    for (size_t i = 0; i < n; i++) free(column[i].scalar);
    free(column);
    return wrong;
}

/* ---- shards ---- */

static int by_shard(const void *a, const void *b)
{
    int64_t x = ((const struct input *)a)->shard, y = ((const struct input *)b)->shard;
    return (x > y) - (x < y);
}

static const char *order_shards(struct join *j)
{
    int with = 0;
    for (int i = 0; i < j->n; i++) with += j->in[i].shard >= 0;
    if (!with) return NULL;
    for (int i = 0; i < j->n; i++)
        if (j->in[i].shard < 0)
            return tv_msg("%s: want a part of a run (key shard) as the others are",
                          tv_reader_name(j->in[i].r));
    qsort(j->in, (size_t)j->n, sizeof *j->in, by_shard);
    for (int i = 0; i < j->n; i++) {
        if (j->in[i].shard == i) continue;
        if (i && j->in[i].shard == j->in[i - 1].shard)
            return tv_msg("part %lld/%d comes twice: %s and %s", (long long)j->in[i].shard, j->n,
                          tv_reader_name(j->in[i - 1].r), tv_reader_name(j->in[i].r));
        return tv_msg("part %d/%d is missing", i, j->n);
    }
    j->sharded = true;
    return NULL;
}

/* The joined shards are the run: its history, unchanged. */
static const char *check_histories(struct join *j)
{
    const char *first = j->in[0].history;
    for (int i = 1; j->sharded && i < j->n; i++) {
        const char *h = j->in[i].history;
        if ((!h != !first) || (h && strcmp(h, first)))
            return tv_msg(
                "%s: its history differs from that of %s: not a part of the same run (tv-info --history)",
                tv_reader_name(j->in[i].r), tv_reader_name(j->in[0].r));
    }
    if (j->sharded) tv_writer_history(j->w, first);
    return NULL;
}

/* ---- all ---- */

static const char *run(struct join *j)
{
    const char *wrong = NULL;
    for (int i = 0; i < j->n && !wrong; i++) {
        tv_reader_next(j->in[i].r, &j->in[i].rec);
        wrong = advance(j, &j->in[i]);
    }
    if (!wrong) wrong = order_shards(j);
    for (struct input *lead = j->in; lead < j->in + j->n && !wrong;) {
        if (lead->n)
            wrong = join_group(j, lead);
        else
            lead++; /* at its end */
    }
    return wrong ? wrong : check_histories(j);
}

const char *tv_join(struct tv_reader **in, int n, bool in_union, struct tv_writer *w)
{
    struct join j = {.in = TV_ARRAY(struct input, (size_t)n), .n = n, .in_union = in_union, .w = w};
    for (int i = 0; i < n; i++) j.in[i] = (struct input){.r = in[i], .shard = -1};
    const char *wrong = run(&j);
    for (int i = 0; i < n; i++) {
        free(j.in[i].declared);
        free(j.in[i].history);
    }
    free(j.in);
    tv_attrs_release(&j.meta);
    return wrong;
}
