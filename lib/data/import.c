#include "data/import.h"
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "data/norm.h"

enum { BLOCK_BYTES = 16 << 20, BLOCK_MAX = 1024 };

/* What a thread decodes into. */
struct worker {
    struct tv_image image;
    uint8_t *file;
    size_t cap;
};

/* What became of one image of a block. */
struct result {
    char *why;    /* NULL: it is good */
    bool differs; /* it is whole, but its size does not do: skip_bad does not excuse that */
    uint32_t crc;
    size_t size;
};

struct tv_import_state {
    struct tv_prep prep;
    bool skip_bad, known; /* known: dtype and dim are */
    char *domain;
    int64_t *row, rows, next; /* the chosen rows; the next one to read */
    struct worker *worker;
    int workers;
    int64_t m;               /* room for so many images */
    struct result *result;   /* [m] */
    uint8_t *px;             /* [m] images */
    int32_t *label;          /* [m] */
    char **domains, **paths; /* [m] */
    int64_t good;            /* paths in use */
    char **why;              /* of the damaged images of the block */
    size_t bad, bad_cap;
};

const char *tv_import_check(const struct tv_import_options *o)
{
    struct tv_prep prep;
    const char *msg = tv_prep_init(&prep, &o->prep);
    tv_prep_release(&prep);
    return msg ? msg : tv_choice_check(&o->choice);
}

/* Do the options go with what the operands are? */
static const char *check_operands(const struct tv_import *im, const struct tv_import_options *o)
{
    const struct tv_import_state *s = im->s;
    bool chooses =
        o->labels || o->classes || o->domain || o->choice.per_class || o->choice.split || o->choice.head;
    if (!im->images) {
        const struct tv_tensor *t = im->set.n ? im->set.at[0] : NULL;
        if (t && (chooses || tv_prep_is_active(&s->prep) || s->prep.attrs.n))
            return tv_msg(
                "%s: want images for these options, got %s; labels go with --labels, --name image calls a "
                "tensor images",
                t->name, tv_tensor_text(t));
        return NULL;
    }
    if (o->name && !im->from.tensor)
        return tv_msg("%s: --name is for tensors, and these are images", im->from.name);
    if (tv_images_are_float(&im->from) && tv_prep_is_active(&s->prep))
        return tv_msg("%s: image: colours, resize, crop and pad want 8-bit images, got %s", im->from.name,
                      tv_tensor_text(im->from.tensor));
    if (o->choice.per_class && !im->from.label && !o->labels)
        return tv_msg("%s: --per-class wants labels, and there are none; --labels gives them", im->from.name);
    return NULL;
}

const char *tv_import_open(struct tv_import *im, char *const *operand, int n,
                           const struct tv_import_options *o)
{
    memset(im, 0, sizeof *im);
    struct tv_import_state *s = im->s = TV_NEW(struct tv_import_state);
    const char *msg = tv_prep_init(&s->prep, &o->prep);
    if (msg || (msg = tv_import_sniff(im, operand, n, o)) || (msg = check_operands(im, o)) || !im->images)
        return msg;
    struct tv_images *from = &im->from;
    if (o->labels && (msg = tv_images_labels(from, o->labels))) return msg;
    if (o->classes && (msg = tv_images_classes(from, o->classes))) return msg;
    s->row = TV_ARRAY(int64_t, (size_t)from->n);
    if ((msg = tv_choose(&o->choice, from->label, from->n, s->row, &s->rows))) return msg;
    if (s->rows == 0)
        return tv_msg("%s: no images: %lld are there, none is chosen", from->name, (long long)from->n);
    if (from->dir && !s->prep.channels) s->prep.channels = 3;
    s->skip_bad = o->skip_bad;
    s->domain = o->domain ? tv_strdup(o->domain) : NULL;
    s->workers = omp_get_max_threads();
    s->worker = TV_ARRAY(struct worker, (size_t)s->workers);
    im->chosen = s->rows;
    im->dtype = tv_images_are_float(from) ? TV_F32 : TV_U8;
    tv_attrs_copy(&im->attrs, &s->prep.attrs);
    return NULL;
}

/* The first good image says what all are like: dimensions, and room for blocks. */
static const char *set_shape(struct tv_import *im, int64_t a, int64_t b, int64_t c, int64_t channels)
{
    struct tv_import_state *s = im->s;
    struct tv_norm norm;
    im->dim[0] = s->skip_bad && im->from.dir ? -1 : s->rows;
    im->dim[1] = a, im->dim[2] = b, im->dim[3] = c;
    int64_t bytes = a * b * c * (int64_t)tv_dtype_size(im->dtype);
    s->m = BLOCK_BYTES / bytes;
    if (s->m > BLOCK_MAX) s->m = BLOCK_MAX;
    if (s->m < s->workers) s->m = s->workers;
    if (s->m > s->rows) s->m = s->rows;
    s->px = tv_alloc_aligned((size_t)s->m, (size_t)bytes);
    s->result = TV_ARRAY(struct result, (size_t)s->m);
    s->label = TV_ARRAY(int32_t, (size_t)s->m);
    s->domains = TV_ARRAY(char *, (size_t)s->m);
    s->paths = TV_ARRAY(char *, (size_t)s->m);
    s->known = true;
    const char *msg = tv_norm_init(&norm, &im->attrs, channels); /* do the attributes suit the channels? */
    tv_norm_release(&norm);
    return msg ? tv_msg("%s: %s", im->from.name, msg) : NULL;
}

static size_t image_bytes(const struct tv_import *im)
{
    return (size_t)(im->dim[1] * im->dim[2] * im->dim[3]) * tv_dtype_size(im->dtype);
}

static const char *of_image(const struct tv_import *im, int64_t row, const char *msg)
{
    char *where = tv_images_where_new(&im->from, row);
    msg = tv_msg("%s: %s", where, msg);
    free(where);
    return msg;
}

/* Decodes and prepares image i of those fetched, the source's row `row`; NULL or what is wrong with it. */
static const char *prepare(const struct tv_import *im, int64_t row, int64_t i, struct worker *w,
                           struct result *r)
{
    const char *msg = tv_images_get(&im->from, row, i, &w->image, &w->file, &w->cap, &r->crc, &r->size);
    r->differs = false;
    if (msg || !(msg = tv_prep_image(&im->s->prep, &w->image))) return msg;
    r->differs = true;
    return of_image(im, row, msg);
}

/* Goes ahead until an image is good, to learn the shape; the rows stay to be read again with their block. */
static const char *learn_shape(struct tv_import *im)
{
    struct tv_import_state *s = im->s;
    const int64_t *d = im->from.tensor ? im->from.tensor->dim : NULL;
    struct result r;
    if (im->dtype == TV_F32) return set_shape(im, d[1], d[2], d[3], d[1]);
    if (!im->from.dir) { /* all alike: the first tells */
        struct tv_image *one = &s->worker[0].image;
        if (!d) d = im->from.idx.dim;
        bool four = im->from.tensor ? im->from.tensor->rank == 4 : im->from.idx.rank == 4;
        const char *msg = tv_image_resize_buffer(one, d[1], d[2], four ? d[3] : 1);
        if (msg) return tv_msg("%s: %s", im->from.name, msg);
        memset(one->px, 0, (size_t)(one->h * one->w * one->c));
        if ((msg = tv_prep_image(&s->prep, one))) return tv_msg("%s: %s", im->from.name, msg);
        return set_shape(im, one->h, one->w, one->c, one->c);
    }
    for (int64_t i = 0; i < s->rows; i++) {
        const char *msg = prepare(im, s->row[i], 0, &s->worker[0], &r);
        const struct tv_image *one = &s->worker[0].image;
        if (!msg) return set_shape(im, one->h, one->w, one->c, one->c);
        if (r.differs || !s->skip_bad) return msg;
    }
    return tv_msg("%s: every image is damaged", im->from.name);
}

/* ---- a block ---- */

static const char *check_size(const struct tv_import *im, const struct tv_image *one, int64_t row)
{
    if (one->h == im->dim[1] && one->w == im->dim[2] && one->c == im->dim[3]) return NULL;
    return of_image(
        im, row,
        tv_msg("want %lldx%lld pixels as the images before, got %lldx%lld; --resize N --crop N makes "
               "them equal",
               (long long)im->dim[2], (long long)im->dim[1], (long long)one->w, (long long)one->h));
}

/* Image i of the block to its place in px. */
static void decode(struct tv_import *im, int64_t row, int64_t i)
{
    struct tv_import_state *s = im->s;
    struct worker *w = &s->worker[omp_get_thread_num()];
    struct result *r = &s->result[i];
    size_t bytes = image_bytes(im);
    const char *msg = prepare(im, row, i, w, r);
    if (!msg) r->differs = (msg = check_size(im, &w->image, row)) != NULL;
    r->why = msg ? tv_strdup(msg) : NULL;
    if (!msg) memcpy(s->px + (size_t)i * bytes, w->image.px, bytes);
}

/* All images of the block; the first error that ends the import, in their order, or NULL. */
static const char *decode_block(struct tv_import *im, const int64_t *row, int64_t n)
{
    struct tv_import_state *s = im->s;
#pragma omp parallel for schedule(dynamic) num_threads(s->workers)
    for (int64_t i = 0; i < n; i++) decode(im, row[i], i);
    for (int64_t i = 0; i < n; i++)
        if (s->result[i].why && (s->result[i].differs || !s->skip_bad)) return s->result[i].why;
    return NULL;
}

static void copy_floats(struct tv_import *im, const int64_t *row, int64_t n)
{
    const struct tv_tensor *t = im->from.tensor;
    int64_t size = tv_tensor_row(t);
    for (int64_t i = 0; i < n; i++)
        tv_convert(im->s->px + (size_t)i * image_bytes(im), TV_F32,
                   (const char *)t->data + (size_t)(row[i] * size) * tv_dtype_size(t->dtype), t->dtype,
                   (size_t)size);
}

/* Moves the good images of the block together and fills in what goes with them. */
static void gather(struct tv_import *im, const int64_t *row, int64_t n)
{
    struct tv_import_state *s = im->s;
    const struct tv_images *from = &im->from;
    size_t bytes = image_bytes(im);
    for (int64_t i = 0; i < n; i++) {
        struct result *r = &s->result[i];
        if (r->size) im->from.crc = (uint32_t)crc32_combine(im->from.crc, r->crc, (z_off_t)r->size);
        if (r->why) {
            s->why = tv_grow(s->why, &s->bad_cap, s->bad + 1, sizeof *s->why);
            s->why[s->bad++] = r->why;
            r->why = NULL;
            continue;
        }
        int64_t j = s->good++;
        if (j != i) memcpy(s->px + (size_t)j * bytes, s->px + (size_t)i * bytes, bytes);
        s->label[j] = from->label ? from->label[row[i]] : -1;
        s->domains[j] = s->domain ? s->domain : from->domain ? from->domain[row[i]] : "";
        s->paths[j] = tv_images_path_new(from, row[i]);
    }
}

static void forget_block(struct tv_import_state *s)
{
    for (int64_t i = 0; i < s->good; i++) free(s->paths[i]);
    for (size_t i = 0; i < s->bad; i++) free(s->why[i]);
    s->good = 0, s->bad = 0;
}

static const char *read_block(struct tv_import *im)
{
    struct tv_import_state *s = im->s;
    int64_t n = s->rows - s->next < s->m ? s->rows - s->next : s->m;
    const int64_t *row = s->row + s->next;
    const char *msg = tv_images_fetch(&im->from, row, n);
    if (msg) return msg;
    if (im->dtype == TV_F32)
        copy_floats(im, row, n);
    else if ((msg = decode_block(im, row, n)))
        return msg;
    gather(im, row, n);
    s->next += n;
    return s->next == s->rows ? tv_images_finish(&im->from) : NULL;
}

const char *tv_import_next(struct tv_import *im, struct tv_import_block *b)
{
    struct tv_import_state *s = im->s;
    const char *msg = s->known ? NULL : learn_shape(im);
    if (s->known) forget_block(s);
    if (!msg && s->next < s->rows) msg = read_block(im);
    *b = (struct tv_import_block){.n = s->good,
                                  .image = s->px,
                                  .label = im->from.label ? s->label : NULL,
                                  .domain = s->domains,
                                  .path = s->paths,
                                  .bad = (int64_t)s->bad,
                                  .why = s->why};
    return msg;
}

char *tv_import_classes_new(const struct tv_import *im)
{
    struct tv_str s = {0};
    for (size_t i = 0; i < im->from.classes; i++)
        tv_str_add(&s, "%s%s", i ? "\n" : "", im->from.class_name[i]);
    return s.s;
}

void tv_import_close(struct tv_import *im)
{
    struct tv_import_state *s = im->s;
    if (!s) return;
    forget_block(s);
    for (int i = 0; i < s->workers; i++) tv_image_release(&s->worker[i].image), free(s->worker[i].file);
    tv_prep_release(&s->prep);
    free(s->domain);
    free(s->row);
    free(s->worker);
    free(s->px);
    free(s->result);
    free(s->label);
    free(s->domains);
    free(s->paths);
    free(s->why);
    free(s);
    tv_attrs_release(&im->attrs);
    tv_images_release(&im->from);
    tv_set_release(&im->set);
    memset(im, 0, sizeof *im);
}
