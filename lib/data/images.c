#include "data/images.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "core/cmd.h"
#include "core/mem.h"
#include "core/str.h"
#include "data/labels.h"

static void free_strings(char **list, int64_t n)
{
    for (int64_t i = 0; list && i < n; i++) free(list[i]);
    free(list);
}

void tv_images_release(struct tv_images *s)
{
    free_strings(s->path, s->n);
    free_strings(s->domain, s->n);
    if (s->class_name) tv_split_free(s->class_name);
    free(s->label);
    free(s->name);
    free(s->dir);
    tv_bytes_close(s->bytes);
    free(s->raw);
    tv_set_release(&s->set);
    memset(s, 0, sizeof *s);
}

/* ---- IDX ---- */

const char *tv_images_idx(struct tv_images *s, struct tv_bytes *b)
{
    memset(s, 0, sizeof *s);
    s->bytes = b;
    s->name = tv_strdup(tv_basename(tv_bytes_name(b)));
    const struct tv_idx *x = &s->idx;
    const char *msg = tv_idx_header(&s->idx, b);
    if (msg) return msg;
    int64_t c = x->rank == 4 ? x->dim[3] : 1;
    if (x->dtype != TV_U8 || x->rank < 3 || x->rank > 4 || (c != 1 && c != 3))
        return tv_msg("%s: want 8-bit IDX [N,H,W] or [N,H,W,C] of 1 or 3 channels, got %s of %d dimensions%s",
                      s->name, tv_dtype_name(x->dtype), x->rank,
                      x->rank == 1 ? "; labels go with --labels" : "");
    if (x->dim[1] > TV_IMAGE_MAX_SIDE || x->dim[2] > TV_IMAGE_MAX_SIDE || x->row > 3 * TV_IMAGE_MAX_PIXELS ||
        x->row == 0)
        return tv_msg("%s: images of %lldx%lld pixels", s->name, (long long)x->dim[2], (long long)x->dim[1]);
    s->n = x->dim[0];
    return NULL;
}

static const char *fetch_idx(struct tv_images *s, const int64_t *rows, int64_t n)
{
    struct tv_idx *x = &s->idx;
    s->raw = tv_grow(s->raw, &s->raw_cap, (size_t)n, (size_t)x->row);
    for (int64_t i = 0; i < n;) {
        int64_t run = 1; /* consecutive rows are read at once */
        while (i + run < n && rows[i + run] == rows[i] + run) run++;
        const char *msg = tv_idx_rows(x, s->bytes, rows[i] - x->done, NULL);
        if (!msg) msg = tv_idx_rows(x, s->bytes, run, s->raw + i * x->row);
        if (msg) return msg;
        i += run;
    }
    return NULL;
}

/* ---- tensors ---- */

static const char *check_companion(const struct tv_images *s, const struct tv_tensor *t, bool text)
{
    if (t->rank != 1 || (t->dtype == TV_STR) != text || tv_dtype_is_float(t->dtype))
        return tv_msg("%s: %s: want %s [N], got %s", s->name, t->name, text ? "str" : "integers",
                      tv_tensor_text(t));
    if (t->dim[0] != s->n)
        return tv_msg("%s: %s: want %lld rows as image has, got %lld", s->name, t->name, (long long)s->n,
                      (long long)t->dim[0]);
    return NULL;
}

static const char *take_strings(struct tv_images *s, const char *name, char ***to)
{
    const struct tv_tensor *t = tv_set_find(&s->set, name);
    const char *msg = t ? check_companion(s, t, true) : NULL;
    if (!t || msg) return msg;
    *to = tv_alloc((size_t)s->n + 1, sizeof **to);
    for (int64_t i = 0; i < s->n; i++) (*to)[i] = tv_strdup(((char **)t->data)[i]);
    return NULL;
}

/* NULL, or why the tensor cannot be images. */
static const char *check_image(const struct tv_images *s, const struct tv_tensor *t)
{
    if (t->rank > 1 && tv_tensor_row(t) == 0)
        return tv_msg("%s: %s: no pixels: %s", s->name, t->name, tv_tensor_text(t));
    if (t->dtype == TV_U8) {
        if (t->rank == 3 || (t->rank == 4 && (t->dim[3] == 1 || t->dim[3] == 3))) return NULL;
        return tv_msg("%s: %s: want 8-bit images [N,H,W] or [N,H,W,C] of 1 or 3 channels, got %s%s", s->name,
                      t->name, tv_tensor_text(t),
                      t->rank == 4 && (t->dim[1] == 1 || t->dim[1] == 3) ? "; is it [N,C,H,W]? transpose it"
                                                                         : "");
    }
    if (t->rank == 4 && t->dtype != TV_STR) return NULL;
    return tv_msg("%s: %s: want u8 [N,H,W,C] or f32 [N,C,H,W], got %s", s->name, t->name, tv_tensor_text(t));
}

const char *tv_images_set(struct tv_images *s, struct tv_set *set)
{
    memset(s, 0, sizeof *s);
    s->set = *set;
    memset(set, 0, sizeof *set);
    s->name = tv_strdup(s->set.name ? s->set.name : "input");
    const struct tv_tensor *t = s->tensor = tv_set_find(&s->set, "image");
    if (!t) return tv_msg("%s: want a tensor \"image\", found none", s->name);
    const char *msg = check_image(s, t), *names = tv_attrs_get(&s->set.meta, "classes");
    if (msg) return msg;
    s->n = t->dim[0];
    if (names && *names) s->class_name = tv_split_new(names, '\n', &s->classes);
    const struct tv_tensor *label = tv_set_find(&s->set, "label");
    if (label) {
        if ((msg = check_companion(s, label, false))) return msg;
        s->label = TV_ARRAY(int32_t, (size_t)s->n);
        tv_convert(s->label, TV_I32, label->data, label->dtype, (size_t)s->n);
    }
    if ((msg = take_strings(s, "domain", &s->domain))) return msg;
    return take_strings(s, "path", &s->path);
}

bool tv_images_are_float(const struct tv_images *s) { return s->tensor && s->tensor->dtype != TV_U8; }

/* ---- pixels ---- */

const char *tv_images_fetch(struct tv_images *s, const int64_t *rows, int64_t n)
{
    return s->bytes && s->idx.rank ? fetch_idx(s, rows, n) : NULL;
}

static const char *copy_pixels(struct tv_image *im, const uint8_t *px, int64_t h, int64_t w, int64_t c)
{
    const char *msg = tv_image_resize_buffer(im, h, w, c);
    if (!msg) memcpy(im->px, px, (size_t)(h * w * c));
    return msg;
}

/* Path of a row's file as it can be opened. */
static char *file_new(const struct tv_images *s, int64_t row)
{
    return tv_format_new("%s%s", *s->path[row] == '/' ? "" : s->dir, s->path[row]);
}

char *tv_images_where_new(const struct tv_images *s, int64_t row)
{
    if (!s->dir) return tv_images_path_new(s, row);
    char *file = file_new(s, row);
    if (!s->listed) return file;
    char *where = tv_format_new("%s: %s", s->name, file);
    free(file);
    return where;
}

const char *tv_images_get(const struct tv_images *s, int64_t row, int64_t i, struct tv_image *im,
                          uint8_t **file, size_t *cap, uint32_t *crc, size_t *size)
{
    *crc = 0, *size = 0;
    if (s->tensor) {
        const int64_t *d = s->tensor->dim;
        const uint8_t *px = (const uint8_t *)s->tensor->data + row * tv_tensor_row(s->tensor);
        return copy_pixels(im, px, d[1], d[2], s->tensor->rank == 4 ? d[3] : 1);
    }
    if (!s->dir) {
        const int64_t *d = s->idx.dim;
        return copy_pixels(im, s->raw + i * s->idx.row, d[1], d[2], s->idx.rank == 4 ? d[3] : 1);
    }
    char *path = file_new(s, row);
    const char *msg = tv_bytes_slurp(path, file, cap, size);
    free(path);
    if (msg) return s->listed ? tv_msg("%s: %s", s->name, msg) : msg;
    *crc = (uint32_t)crc32_z(0, *file, *size);
    if ((msg = tv_image_decode(im, *file, *size))) {
        char *where = tv_images_where_new(s, row);
        msg = tv_msg("%s: %s", where, msg);
        free(where);
    }
    return msg;
}

char *tv_images_path_new(const struct tv_images *s, int64_t row)
{
    return s->path ? tv_strdup(s->path[row]) : tv_format_new("%s#%lld", s->name, (long long)row);
}

const char *tv_images_finish(struct tv_images *s)
{
    const char *msg = NULL;
    if (s->bytes) {
        if (s->idx.rank && s->idx.done == s->n) msg = tv_idx_end(&s->idx, s->bytes);
        if (!msg) msg = tv_bytes_crc(s->bytes, &s->crc);
    }
    if (!msg) tv_history_file(s->name, s->crc);
    return msg;
}
