/* core/join.c - see join.h.
 *
 * Every input is read up to its next declarations; the group that the first unfinished input declares is
 * taken from all inputs that declare it too, one after the other, chunk by chunk:
 *
 *     a.tv   TENS x y | ROWS x y x y | TENS z | ...
 *     b.tv   TENS x y | ROWS x y     | TENS z | ...
 *     out    TENS x y | rows of a | rows of b | TENS z | ...
 *
 * An input that declares something else next is read to its end, noting where the rows of its tensors lie
 * (places.h); they are taken from there.  A pipe cannot be read again: it has to declare what the others do.
 */
#include "core/join.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/places.h"
#include "core/str.h"
#include <stdlib.h>
#include <string.h>

struct input {
    struct tv_reader *r;
    struct tv_record rec;  /* the record that comes next */
    struct tv_places next; /* the group that it declares next; once `located` all that is left */
    bool located;          /* it was read to its end: rows are taken from their places */
    bool taken;            /* it has part in the group under way */
    int64_t shard;
    char *history;
};

struct join {
    struct input *in;
    int n;
    bool in_union, sharded;
    struct tv_writer *w;
    struct tv_attrs meta;    /* of all inputs */
    struct tv_index written; /* tensors by name: the input that declared them first */
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
            tv_places_add(&in->next, in->r, &in->rec);
        } else {
            return wrong;
        }
        if (wrong) return wrong;
    }
}

/* Reads to the end, noting where rows lie.  Does nothing when that was done, or cannot be. */
static const char *locate(struct join *j, struct input *in)
{
    const char *wrong = NULL;
    if (in->located || !in->next.n || !tv_reader_can_again(in->r)) return NULL;
    for (; in->rec.event != TV_EV_END && !wrong; tv_reader_next(in->r, &in->rec)) {
        if (in->rec.event == TV_EV_META) wrong = take_meta(j, in);
        tv_places_add(&in->next, in->r, &in->rec);
    }
    in->located = true;
    return wrong;
}

static const struct tv_place *first_left(const struct input *in)
{
    for (size_t i = 0; i < in->next.n; i++)
        if (!in->next.at[i].done) return &in->next.at[i];
    return NULL;
}

/* ---- groups ---- */

/* A tensor of the output and where its rows come from. */
struct column {
    const struct tv_tensor *t; /* of the first input that has it */
    const struct input *of;    /* that input */
    int out;
    void *scalar; /* rank 0: the value, for comparison */
};
struct group {
    struct column *at;
    size_t n, cap;
};

static struct column *find_column(const struct group *g, const char *name)
{
    for (size_t i = 0; i < g->n; i++)
        if (!strcmp(g->at[i].t->name, name)) return &g->at[i];
    return NULL;
}

static const char *add_column(struct join *j, struct group *g, const struct input *in,
                              const struct tv_tensor *t)
{
    int before = tv_index_get(&j->written, t->name);
    if (before >= 0)
        return tv_msg(
            "%s: tensor %s comes later than in %s; a file may have any order: save the pipe as one first",
            tv_reader_name(in->r), t->name, tv_reader_name(j->in[before].r));
    g->at = tv_grow(g->at, &g->cap, g->n + 1, sizeof *g->at);
    g->at[g->n++] = (struct column){.t = t, .of = in};
    return NULL;
}

static bool has_part(const struct input *in, const struct group *g)
{
    for (size_t i = 0; i < g->n; i++)
        if (tv_places_find(&in->next, g->at[i].t->name)) return true;
    return false;
}

/* Adds what `in` declares together with tensors of the group, or finds the places of its tensors, so that
 * only those of the group need to be taken. */
static const char *extend(struct join *j, struct group *g, struct input *in)
{
    const char *wrong = NULL;
    if (in->located || !has_part(in, g)) return NULL;
    for (size_t i = 0; i < in->next.n && !wrong && !in->located; i++) {
        const struct tv_tensor *t = in->next.at[i].t;
        if (find_column(g, t->name)) continue;
        bool apart = t->rank && !j->in_union && tv_reader_can_again(in->r);
        wrong = apart ? locate(j, in) : add_column(j, g, in, t);
    }
    return wrong;
}

/* The tensors that `lead` declares next, and what others declare together with them. */
static const char *gather(struct join *j, struct group *g, const struct input *lead)
{
    const char *wrong = NULL;
    const struct tv_place *first = first_left(lead), *end = lead->next.at + lead->next.n;
    for (const struct tv_place *p = first; p < end && p->group == first->group && !wrong; p++)
        if (!p->done) wrong = add_column(j, g, lead, p->t);
    for (size_t before = 0; before < g->n && !wrong;) {
        before = g->n;
        for (struct input *in = j->in; in < j->in + j->n && !wrong; in++) wrong = extend(j, g, in);
    }
    return wrong;
}

static const char *lacks(const struct input *in, const struct column *c)
{
    const struct tv_place *found = first_left(in);
    if (!found || in->located)
        return tv_msg("%s: want tensor %s, as in %s, found none; --union keeps what only some have",
                      tv_reader_name(in->r), c->t->name, tv_reader_name(c->of->r));
    return tv_msg(
        "%s: want tensor %s next, as in %s, found %s; if it comes later, save the pipe as a file first, "
        "which may have any order; --union keeps what only some have",
        tv_reader_name(in->r), c->t->name, tv_reader_name(c->of->r), found->t->name);
}

static const char *same_kind(const struct column *c, const struct input *in, const struct tv_tensor *t)
{
    const struct tv_tensor *a = c->t;
    const char *name = tv_reader_name(in->r), *first = tv_reader_name(c->of->r);
    bool same = a->dtype == t->dtype && a->rank == t->rank;
    for (int d = 1; same && d < a->rank; d++) same = a->dim[d] == t->dim[d];
    if (!same)
        return tv_msg("%s: %s: want %s as in %s, got %s", name, t->name, tv_tensor_text(a), first,
                      tv_tensor_text(t));
    for (size_t i = 0; i < a->attrs.n || i < t->attrs.n; i++) {
        const struct tv_attrs *longer = a->attrs.n > t->attrs.n ? &a->attrs : &t->attrs;
        const char *key = longer->at[i].key, *va = tv_attrs_get(&a->attrs, key),
                   *vb = tv_attrs_get(&t->attrs, key);
        if (!va || !vb || strcmp(va, vb))
            return tv_msg("%s: %s: attribute %s is %s, in %s %s", name, t->name, key, vb ? vb : "absent",
                          first, va ? va : "absent");
    }
    return NULL;
}

/* Which inputs have part in the group; what they lack. */
static const char *match(struct join *j, const struct group *g)
{
    const char *wrong = NULL;
    for (struct input *in = j->in; in < j->in + j->n && !wrong; in++) {
        for (size_t i = 0; i < g->n && !wrong; i++)
            if (!tv_places_find(&in->next, g->at[i].t->name)) wrong = locate(j, in);
        in->taken = has_part(in, g);
        for (size_t i = 0; i < g->n && !wrong; i++) {
            const struct column *c = &g->at[i];
            const struct tv_place *p = tv_places_find(&in->next, c->t->name);
            if (p)
                wrong = same_kind(c, in, p->t);
            else if (!j->in_union && c->t->rank)
                wrong = lacks(in, c);
        }
    }
    return wrong;
}

/* Declares the group; rows add up where all are known. */
static void declare(struct join *j, struct group *g)
{
    tv_writer_end_group(j->w);
    for (struct column *c = g->at; c < g->at + g->n; c++) {
        const struct tv_tensor *t = c->t;
        int64_t dim[TV_MAX_RANK], rows = 0;
        memcpy(dim, t->dim, sizeof dim);
        for (struct input *in = j->in; in < j->in + j->n; in++) {
            const struct tv_place *p = tv_places_find(&in->next, t->name);
            if (p) rows = rows < 0 || p->rows < 0 ? -1 : rows + p->rows;
        }
        if (t->rank) dim[0] = rows;
        c->out = tv_writer_begin(j->w, t->name, t->dtype, t->rank, dim, &t->attrs);
        tv_index_put(&j->written, t->name, (int)(c->of - j->in));
    }
}

/* ---- rows ---- */

/* A value without dimensions: written when it comes first, compared after that. */
static const char *take_scalar(struct join *j, const struct input *in, struct column *c, const void *data)
{
    size_t size = tv_dtype_size(c->t->dtype);
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

static const char *take_record(struct join *j, const struct input *in, struct column *c,
                               const struct tv_record *rec)
{
    if (c->t->rank == 0) return take_scalar(j, in, c, rec->data);
    tv_writer_rows(j->w, c->out, rec->rows, rec->data);
    return NULL;
}

/* Appends the rows of the group from their places, those of its tensors advancing together. */
static const char *take_located(struct join *j, struct input *in, struct group *g)
{
    for (const char *wrong = NULL; !wrong;) {
        struct tv_place *least = NULL;
        struct column *of = NULL;
        for (struct column *c = g->at; c < g->at + g->n; c++) {
            struct tv_place *p = tv_places_find(&in->next, c->t->name);
            if (p && (!least || p->given < least->given)) least = p, of = c;
        }
        struct tv_record rec;
        if (!least) return NULL;
        if (tv_place_next(least, in->r, &rec)) wrong = take_record(j, in, of, &rec);
        if (wrong) return wrong;
    }
    return NULL;
}

/* The rows of the group that come next, or a key among them. */
static const char *take_next(struct join *j, struct input *in, struct group *g)
{
    if (in->rec.event == TV_EV_META) return take_meta(j, in);
    struct column *c = find_column(g, in->rec.tensor->name);
    if (!c)
        return tv_msg("%s: %s: its chunks lie apart; rewrite the file with tv-select", tv_reader_name(in->r),
                      in->rec.tensor->name);
    return take_record(j, in, c, &in->rec);
}

/* Appends the rows of the group that `in` declared. */
static const char *take_rows(struct join *j, struct input *in, struct group *g)
{
    tv_places_release(&in->next); /* what is declared next is another group */
    while (in->rec.event == TV_EV_ROWS || in->rec.event == TV_EV_META) {
        const char *wrong = take_next(j, in, g);
        if (wrong) return wrong;
        tv_reader_next(in->r, &in->rec);
    }
    return advance(j, in);
}

static const char *join_group(struct join *j, const struct input *lead)
{
    struct group g = {0};
    const char *wrong = gather(j, &g, lead);
    if (!wrong) wrong = match(j, &g);
    if (!wrong) declare(j, &g);
    for (struct input *in = j->in; in < j->in + j->n && !wrong; in++)
        if (in->taken) wrong = in->located ? take_located(j, in, &g) : take_rows(j, in, &g);
    for (size_t i = 0; i < g.n; i++) free(g.at[i].scalar);
    free(g.at);
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
        if (first_left(lead))
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
        tv_places_release(&j.in[i].next);
        free(j.in[i].history);
    }
    free(j.in);
    tv_attrs_release(&j.meta);
    tv_index_release(&j.written);
    return wrong;
}
