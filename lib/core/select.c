/* core/select.c - see select.h.
 *
 * Tensors declared together form a group, in the input as in the output (stream_write.c).  Groups go out one
 * after the other: the first that is not complete is the one that is being written, rows of later ones wait.
 *
 *     input    TENS image label | ROWS image [0,64) | ROWS label [0,64) | ...
 *     image    waits until label [0,64) says which rows stay, then they go to the writer and are dropped
 */
#include "core/select.h"
#include "core/mem.h"
#include "core/names.h"
#include "core/reader.h"
#include "core/rows.h"
#include "core/str.h"
#include <stdlib.h>
#include <string.h>

struct column {
    const struct tv_tensor *t; /* the reader's */
    char *name;                /* new name */
    struct tv_attrs attrs;     /* new attributes */
    bool taken;
    int out;                /* number in the writer */
    size_t group;           /* 0 for the first */
    struct tv_rows waiting; /* rows [at, at + waiting.n) */
    int64_t at;             /* rows before it are done */
    int64_t kept;           /* of those, the rows that the class selects */
};

struct select {
    const struct tv_select_options *o;
    struct tv_reader *r;
    struct tv_writer *w;
    struct column *column;
    size_t n, cap, groups;
    size_t head;      /* group being written; groups before it are complete */
    bool head_open;   /* its tensors are declared in the output */
    bool rows_seen;   /* since the last declaration: the next one starts a group */
    bool ended;       /* all input was read */
    bool class_named; /* a tensor named by the class was found */

    int64_t class; /* index; -1: only known as o->class, or no class asked for */
    int label;     /* column of the labels, -1: not declared (yet) */
    uint8_t *keep; /* [labels] does the class select the row? */
    size_t keep_cap;
    int64_t labels; /* rows of `label` that came */

    bool *tensor_met, *rename_met, *attr_met; /* per glob, rule, attribute asked for: did one match? */

    struct tv_names layers;
    char **layer_names;
    bool *layer_chosen;
};

const char *tv_select_parse_rows(struct tv_select_options *o, const char *text)
{
    const char *colon = strchr(text, ':');
    char *from = tv_strndup(text, colon ? (size_t)(colon - text) : 0);
    bool ok = colon && (!*from || tv_parse_int(from, &o->first)) &&
              (!colon[1] || tv_parse_int(colon + 1, &o->last));
    bool empty = ok && colon[1] && o->last < o->first;
    free(from);
    if (!ok || empty || o->first < 0 || (colon[1] && o->last < 0))
        return tv_msg("want rows A:B, A: or :B with 0 <= A <= B, got '%s'", text);
    return NULL;
}

/* ---- names ---- */

/* Applies the renames in order.  New string in *name; `met` (or NULL) marks the rules that matched. */
static const char *rename_tensor(const struct tv_select_options *o, const char *old, char **name, bool *met)
{
    *name = tv_strdup(old);
    for (int i = 0; i < o->renames.n; i++) {
        const char *rule = o->renames.at[i], *equals = strchr(rule, '=');
        if (!equals || equals == rule || !equals[1] || strchr(equals + 1, '='))
            return tv_msg("--rename: want OLD=NEW, got '%s'", rule);
        char *from = tv_strndup(rule, (size_t)(equals - rule)), *star = strchr(from, '*');
        const char *to = equals + 1, *to_star = strchr(to, '*');
        bool bad = (star && strchr(star + 1, '*')) || (to_star && (!star || strchr(to_star + 1, '*')));
        char *middle = bad ? NULL : tv_glob_star_new(from, *name);
        free(from);
        if (bad)
            return tv_msg("--rename: want at most one * on each side, and none on the right alone, got '%s'",
                          rule);
        if (!middle) continue;
        if (met) met[i] = true;
        free(*name);
        *name =
            to_star ? tv_format_new("%.*s%s%s", (int)(to_star - to), to, middle, to_star + 1) : tv_strdup(to);
        free(middle);
    }
    return NULL;
}

/* Copies the attributes and applies o->attrs to those of the tensor called `name`; `met` marks those that
 * matched. */
static const char *set_attrs(const struct tv_select_options *o, const char *name, const struct tv_attrs *old,
                             struct tv_attrs *attrs, bool *met)
{
    tv_attrs_copy(attrs, old);
    for (int i = 0; i < o->attrs.n; i++) {
        const char *rule = o->attrs.at[i], *colon = strchr(rule, ':'),
                   *equals = colon ? strchr(colon, '=') : NULL;
        if (!equals || colon == rule || equals == colon + 1)
            return tv_msg("--attr: want GLOB:KEY=VALUE, got '%s'", rule);
        char *glob = tv_strndup(rule, (size_t)(colon - rule));
        char *key = tv_strndup(colon + 1, (size_t)(equals - colon - 1));
        if (tv_glob(glob, name)) {
            met[i] = true;
            if (equals[1])
                tv_attrs_set(attrs, key, equals + 1);
            else
                tv_attrs_remove(attrs, key);
        }
        free(glob);
        free(key);
    }
    return NULL;
}

static bool any_glob(const struct tv_strings *globs, const char *name, bool *met)
{
    bool any = false;
    for (int i = 0; i < globs->n; i++) {
        if (!tv_glob(globs->at[i], name)) continue;
        any = true;
        if (met) met[i] = true;
    }
    return any;
}

/* Does a tensor <kind>/<class>/... belong to another class than the one asked for? */
static bool of_other_class(struct select *s, const struct column *c)
{
    char *kind = tv_strndup(c->name, strcspn(c->name, "/")), class[TV_CLASS_TEXT];
    const char *rest, *name = tv_attrs_get(&c->t->attrs, "class-name");
    int64_t index = -1;
    bool by_class = tv_name_split(c->name, kind, class, &rest);
    free(kind);
    if (!by_class) return false;
    bool same = (s->class >= 0 && tv_parse_int(class, &index) && index == s->class) ||
                (name && !strcmp(name, s->o->class));
    s->class_named |= same;
    return !same;
}

/* ---- layers ---- */

static bool layer_known(const struct select *s, const char *word, size_t n, bool *chosen)
{
    for (size_t i = 0; i < s->layers.n; i++) {
        if (strncmp(s->layers.name[i], word, n) || s->layers.name[i][n]) continue;
        *chosen &= s->layer_chosen[i];
        return true;
    }
    return false;
}

/* Are all layers that the name mentions, as a part "conv1" or "conv1..conv2", chosen? */
static bool layers_chosen(const struct select *s, const char *name)
{
    bool chosen = true;
    for (const char *p = name; *p; p += *p == '/') {
        size_t n = strcspn(p, "/");
        const char *dots = strstr(p, "..");
        if (!layer_known(s, p, n, &chosen) && dots && dots + 2 < p + n) {
            layer_known(s, p, (size_t)(dots - p), &chosen);
            layer_known(s, dots + 2, (size_t)(p + n - dots - 2), &chosen);
        }
        p += n;
    }
    return chosen;
}

/* "conv12" -> 12: a layer's position; 0 for another word. */
static long layer_position(const char *word)
{
    const char *digits = !strncmp(word, "conv", 4) ? word + 4 : !strncmp(word, "fc", 2) ? word + 2 : "";
    char *end;
    long n = *digits >= '1' && *digits <= '9' ? strtol(digits, &end, 10) : 0;
    return n && !*end ? n : 0;
}

static int by_position(const void *a, const void *b)
{
    long x = layer_position(*(char *const *)a), y = layer_position(*(char *const *)b);
    return x != y ? (x > y) - (x < y) : strcmp(*(char *const *)a, *(char *const *)b);
}

/* An .npz has no key `layers`: the layers that its tensors are named by, in order of their positions.  New
 * string, newline-separated, or NULL. */
static char *layers_of_archive_new(struct select *s)
{
    struct tv_str list = {0};
    char **found = TV_ARRAY(char *, s->r->foreign->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s->r->foreign->n; i++) {
        char *name;
        if (rename_tensor(s->o, s->r->foreign->at[i]->name, &name, NULL)) continue;
        const char *slash = strrchr(name, '/'), *word = slash ? slash + 1 : name;
        if (layer_position(word)) found[n++] = tv_strdup(word);
        free(name);
    }
    qsort(found, n, sizeof *found, by_position);
    for (size_t i = 0; i < n; i++)
        if (!i || strcmp(found[i], found[i - 1])) tv_str_add(&list, "%s%s", list.len ? "\n" : "", found[i]);
    tv_split_free(found);
    return list.s;
}

static const char *find_layers(struct select *s)
{
    if (!s->o->layers || s->layer_names) return NULL;
    const char *key = tv_attrs_get(&s->r->meta, "layers");
    char *made = !key && s->r->foreign ? layers_of_archive_new(s) : NULL;
    if (!key) key = made;
    if (!key) return tv_msg("--layers: the stream does not say its layers (key `layers`); select by -t");
    s->layer_names = tv_split_new(key, '\n', &s->layers.n);
    s->layers.name = (const char *const *)s->layer_names;
    s->layer_chosen = TV_ARRAY(bool, s->layers.n);
    free(made);
    const char *wrong = tv_names_choose(s->layer_chosen, &s->layers, s->o->layers);
    return wrong ? tv_msg("--layers: %s", wrong) : NULL;
}

/* ---- rows ---- */

/* Does the class decide about this tensor's rows?  Not while the labels are not declared. */
static bool by_label(const struct select *s, const struct column *c)
{
    if (!s->o->class || s->label < 0 || c->t->rank == 0) return false;
    const struct tv_tensor *label = s->column[s->label].t;
    return c->t->dim[0] == label->dim[0];
}

/* End of the rows about which can be decided. */
static int64_t decided(const struct select *s, const struct column *c)
{
    if (!s->o->class || s->ended) return INT64_MAX;
    if (s->label < 0) return c->t->rank == 0 ? INT64_MAX : 0;
    return by_label(s, c) ? s->labels : INT64_MAX;
}

/* Is the row after `kept` others wanted?  Rank 0 has no rows to choose from. */
static bool in_range(const struct select *s, const struct column *c)
{
    const struct tv_select_options *o = s->o;
    return c->t->rank == 0 || (c->kept >= o->first && (o->last < 0 || c->kept < o->last));
}

/* Decides about rows [c->at, c->at + rows) at `data`, as far as possible; returns how many that were. */
static int64_t pass(struct select *s, struct column *c, int64_t rows, const char *data)
{
    int64_t end = decided(s, c) - c->at, run = 0, i;
    bool labelled = by_label(s, c);
    if (end > rows) end = rows;
    size_t bytes = (size_t)tv_tensor_row(c->t) * tv_dtype_size(c->t->dtype);
    for (i = 0; i < end; i++) {
        bool keep = !labelled || (c->at + i < s->labels && s->keep[c->at + i]);
        bool wanted = keep && in_range(s, c);
        c->kept += keep;
        if (wanted)
            run++;
        else if (run)
            tv_writer_rows(s->w, c->out, run, data + (size_t)(i - run) * bytes), run = 0;
    }
    if (run) tv_writer_rows(s->w, c->out, run, data + (size_t)(i - run) * bytes);
    c->at += end;
    return end;
}

/* ---- groups ---- */

static void open_head(struct select *s)
{
    const struct tv_select_options *o = s->o;
    tv_writer_end_group(s->w);
    for (size_t i = 0; i < s->n; i++) {
        struct column *c = &s->column[i];
        if (c->group != s->head || !c->taken) continue;
        int64_t dim[TV_MAX_RANK];
        memcpy(dim, c->t->dim, sizeof dim);
        if (c->t->rank && by_label(s, c)) dim[0] = -1;
        if (c->t->rank && dim[0] >= 0 && (o->first > 0 || o->last >= 0)) {
            int64_t last = o->last < 0 || o->last > dim[0] ? dim[0] : o->last;
            dim[0] = last > o->first ? last - o->first : 0;
        }
        c->out = tv_writer_begin(s->w, c->name, c->t->dtype, c->t->rank, dim, &c->attrs);
    }
    s->head_open = true;
}

/* Can the output know already how the group's tensors are declared? */
static bool head_decided(const struct select *s) { return !s->o->class || s->label >= 0 || s->ended; }

/* Hands on what can be decided, group by group. */
static void drain(struct select *s)
{
    while (s->head < s->groups && head_decided(s)) {
        if (!s->head_open) open_head(s);
        bool waiting = false;
        for (size_t i = 0; i < s->n; i++) {
            struct column *c = &s->column[i];
            if (c->group != s->head || !c->waiting.n) continue;
            tv_rows_drop(&c->waiting, pass(s, c, c->waiting.n, c->waiting.data));
            waiting |= c->waiting.n > 0;
        }
        bool complete = s->head + 1 < s->groups || s->ended;
        if (waiting || !complete) return;
        s->head++;
        s->head_open = false;
    }
}

/* ---- records ---- */

static const char *take_tensor(struct select *s, const struct tv_record *rec)
{
    const struct tv_select_options *o = s->o;
    s->column = tv_grow(s->column, &s->cap, s->n + 1, sizeof *s->column);
    if (!s->n || s->rows_seen) s->groups++;
    s->rows_seen = false;
    struct column *c = &s->column[s->n];
    *c = (struct column){.t = rec->tensor, .group = s->groups - 1};
    const char *wrong = rename_tensor(o, rec->tensor->name, &c->name, s->rename_met);
    if (!wrong) wrong = set_attrs(o, c->name, &c->t->attrs, &c->attrs, s->attr_met);
    if (!wrong) wrong = find_layers(s);
    s->n++;
    if (wrong) return wrong;
    tv_rows_begin(&c->waiting, c->t);
    c->taken = (!o->tensors.n || any_glob(&o->tensors, c->name, s->tensor_met)) &&
               !any_glob(&o->except, c->name, NULL) && !(o->class && of_other_class(s, c)) &&
               !(o->layers && !layers_chosen(s, c->name));
    if (o->class && !strcmp(c->name, "label")) {
        if (c->t->rank != 1 || c->t->dtype == TV_STR)
            return tv_msg("label: want integers of 1 dimension, got %s", tv_tensor_text(c->t));
        if (s->class < 0) {
            wrong = tv_class_find(&s->class, o->class, tv_attrs_get(&s->r->meta, "classes"));
            if (wrong) return tv_msg("--class: %s", wrong);
        }
        s->label = (int)s->n - 1;
    }
    return NULL;
}

static void take_labels(struct select *s, const struct tv_record *rec)
{
    int64_t *label = tv_alloc((size_t)rec->rows, sizeof *label);
    tv_convert(label, TV_I64, rec->data, rec->tensor->dtype, (size_t)rec->rows);
    s->keep = tv_grow(s->keep, &s->keep_cap, (size_t)(s->labels + rec->rows), 1);
    for (int64_t i = 0; i < rec->rows; i++) s->keep[s->labels + i] = label[i] == s->class;
    s->labels += rec->rows;
    free(label);
}

static void take_rows(struct select *s, const struct tv_record *rec)
{
    struct column *c = &s->column[rec->id];
    int64_t done = 0;
    s->rows_seen = true;
    if (rec->id == s->label) take_labels(s, rec);
    if (!s->head_open) drain(s);
    if (c->taken) {
        if (s->head_open && c->group == s->head && !c->waiting.n) done = pass(s, c, rec->rows, rec->data);
        size_t bytes = tv_rows_bytes(&c->waiting, done);
        if (done < rec->rows)
            tv_rows_append(&c->waiting, rec->rows - done, (const char *)rec->data + bytes, -1);
    }
    if (rec->id == s->label || s->head + 1 < s->groups) drain(s);
}

/* Whatever was asked for and not found: more likely a mistake than a wish for nothing. */
static const char *missing(const struct select *s)
{
    const struct tv_select_options *o = s->o;
    for (int i = 0; i < o->renames.n; i++)
        if (!s->rename_met[i]) tv_warn("--rename=%s: no tensor matches", o->renames.at[i]);
    for (int i = 0; i < o->attrs.n; i++)
        if (!s->attr_met[i]) tv_warn("--attr=%s: no tensor matches", o->attrs.at[i]);
    const char **names = TV_ARRAY(const char *, s->n + 1), *wrong = NULL;
    for (size_t i = 0; i < s->n; i++) names[i] = s->column[i].name;
    for (int i = 0; i < o->tensors.n && !wrong; i++) {
        if (s->tensor_met[i]) continue;
        const char *near = tv_nearest(o->tensors.at[i], names);
        wrong = near
                    ? tv_msg("%s: no tensor matches %s; did you mean %s?", s->r->name, o->tensors.at[i], near)
                    : tv_msg("%s: no tensor matches %s; tv-info lists them", s->r->name, o->tensors.at[i]);
    }
    free(names);
    if (!wrong && o->class && s->label < 0 && !s->class_named)
        wrong = tv_msg("%s: --class: want a tensor label, or tensors named by class %s; found neither",
                       s->r->name, o->class);
    return wrong;
}

static void release(struct select *s)
{
    free(s->tensor_met);
    free(s->rename_met);
    free(s->attr_met);
    for (size_t i = 0; i < s->n; i++) {
        free(s->column[i].name);
        tv_attrs_release(&s->column[i].attrs);
        tv_rows_release(&s->column[i].waiting);
    }
    free(s->column);
    free(s->keep);
    tv_split_free(s->layer_names);
    free(s->layer_chosen);
}

const char *tv_select_run(const struct tv_select_options *o, struct tv_reader *r, struct tv_writer *w)
{
    struct select s = {.o = o, .r = r, .w = w, .label = -1, .class = -1};
    s.tensor_met = TV_ARRAY(bool, (size_t)o->tensors.n);
    s.rename_met = TV_ARRAY(bool, (size_t)o->renames.n);
    s.attr_met = TV_ARRAY(bool, (size_t)o->attrs.n);
    struct tv_record rec;
    const char *wrong = NULL;
    if (o->class && !tv_parse_int(o->class, &s.class))
        s.class = -1; /* a name: its index is looked up later */
    while (!wrong && tv_reader_next(r, &rec) != TV_EV_END) {
        if (rec.event == TV_EV_META && strcmp(rec.key, "history")) {
            tv_writer_meta(w, rec.key, rec.value);
            if (o->class && s.class < 0 && !strcmp(rec.key, "classes"))
                wrong = tv_class_find(&s.class, o->class, rec.value);
        }
        if (rec.event == TV_EV_TENSOR) wrong = take_tensor(&s, &rec);
        if (rec.event == TV_EV_ROWS) take_rows(&s, &rec);
    }
    s.ended = true;
    if (!wrong) drain(&s);
    if (!wrong) wrong = missing(&s);
    release(&s);
    return wrong;
}
