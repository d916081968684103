/* core/npy.c - see npy.h.  The format: numpy.lib.format, versions 1.0 to 3.0. */
#include "core/npy.h"
#include "core/err.h"
#include "core/format.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/zip.h"
#include <stdlib.h>
#include <string.h>

static const uint8_t NPY_MAGIC[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
static const uint8_t ZIP_MAGIC[4] = {'P', 'K', 3, 4};

static bool is_npy(const uint8_t *p, size_t n)
{
    return n >= sizeof NPY_MAGIC && !memcmp(p, NPY_MAGIC, sizeof NPY_MAGIC);
}
static bool is_zip(const uint8_t *p, size_t n)
{
    static const uint8_t EMPTY_ZIP[4] = {'P', 'K', 5, 6};
    return n >= 4 && (!memcmp(p, ZIP_MAGIC, 4) || !memcmp(p, EMPTY_ZIP, 4));
}
bool tv_npy_is(const void *head, size_t n) { return is_npy(head, n) || is_zip(head, n); }

/* ---- the header ---- */

struct header {
    char kind;   /* of the array interface: b i u f U S */
    bool swap;   /* big-endian */
    size_t item; /* bytes of an element */
    bool fortran;
    int rank;
    int64_t dim[TV_MAX_RANK];
    size_t count; /* elements */
};

static const char *after_key(const char *dict, const char *key)
{
    const char *p = strstr(dict, key);
    if (!p) return NULL;
    p += strlen(key);
    return p + strspn(p, " :");
}

static const char *parse_descr(struct header *h, const char *dict)
{
    const char *p = after_key(dict, "'descr'");
    if (!p || *p != '\'') return tv_msg("want an array of one plain dtype, got a record or object array");
    char order = p[1], *end;
    h->kind = order ? p[2] : 0;
    if (!h->kind || !strchr("<>|=", order) || !strchr("biufUS", h->kind))
        return tv_msg("unsupported dtype %.*s", (int)strcspn(p + 1, "'"), p + 1);
    unsigned long size = strtoul(p + 3, &end, 10);
    if (*end != '\'' || size > INT32_MAX)
        return tv_msg("unsupported dtype %.*s", (int)strcspn(p + 1, "'"), p + 1);
    h->swap = order == '>';
    h->item = h->kind == 'U' ? 4 * size : size;
    return NULL;
}

static const char *parse_shape(struct header *h, const char *dict)
{
    const char *p = after_key(dict, "'shape'");
    size_t bytes = h->item ? h->item : 1;
    if (!p || *p++ != '(') return tv_msg("want a shape in the header, found none");
    h->count = 1;
    for (p += strspn(p, " "); *p && *p != ')'; p += strspn(p, ", ")) {
        char *end;
        unsigned long long d = strtoull(p, &end, 10);
        if (end == p || *p == '-' || (*end != ',' && *end != ')' && *end != ' ' && *end != 'L'))
            return tv_msg("damaged shape in the header");
        if (h->rank == TV_MAX_RANK) return tv_msg("want at most %d dimensions", TV_MAX_RANK);
        /* zeros count as ones, so that every product of dimensions is known to fit */
        if (!tv_mul(bytes, d ? d : 1, &bytes) || bytes > INT64_MAX / 2)
            return tv_msg("the shape's size overflows");
        h->dim[h->rank++] = (int64_t)d;
        h->count *= d;
        p = *end == 'L' ? end + 1 : end;
    }
    if (h->rank > 1 && !h->count && h->dim[0] > TV_FORMAT_EMPTY_ROWS)
        return tv_msg("%lld rows of nothing", (long long)h->dim[0]);
    return *p ? NULL : tv_msg("damaged shape in the header");
}

/* *data: offset of the elements. */
static const char *parse_header(struct header *h, const uint8_t *p, size_t n, size_t *data)
{
    *h = (struct header){0};
    if (n < 12 || !is_npy(p, n)) return tv_msg("not an .npy array");
    if (p[6] < 1 || p[6] > 3) return tv_msg(".npy version %u, want 1 to 3", p[6]);
    size_t at = p[6] == 1 ? 10 : 12;
    size_t len = p[6] == 1 ? p[8] | (size_t)p[9] << 8
                           : p[8] | (size_t)p[9] << 8 | (size_t)p[10] << 16 | (size_t)p[11] << 24;
    if (len > n - at) return tv_msg("truncated in its header");
    char *dict = tv_strndup((const char *)p + at, len);
    const char *wrong = parse_descr(h, dict), *order = after_key(dict, "'fortran_order'");
    if (!wrong && !order) wrong = tv_msg("want fortran_order in the header, found none");
    if (!wrong) h->fortran = !strncmp(order, "True", 4);
    if (!wrong) wrong = parse_shape(h, dict);
    free(dict);
    if (wrong) return wrong;
    if (!h->item && h->count) return tv_msg("elements of no size");
    *data = at + len;
    if (h->count && h->item > (n - *data) / h->count)
        return tv_msg("truncated: want %zu bytes of data, found %zu", h->count * h->item, n - *data);
    return NULL;
}

static enum tv_dtype dtype_of(const struct header *h)
{
    static const struct {
        char kind;
        size_t item;
        enum tv_dtype t;
    } map[] = {{'b', 1, TV_BOOL}, {'i', 1, TV_I8},  {'i', 2, TV_I16}, {'i', 4, TV_I32},
               {'i', 8, TV_I64},  {'u', 1, TV_U8},  {'u', 2, TV_U16}, {'u', 4, TV_U32},
               {'u', 8, TV_U64},  {'f', 2, TV_F16}, {'f', 4, TV_F32}, {'f', 8, TV_F64}};
    if (h->kind == 'U' || h->kind == 'S') return TV_STR;
    for (size_t i = 0; i < sizeof map / sizeof *map; i++)
        if (map[i].kind == h->kind && map[i].item == h->item) return map[i].t;
    return 0;
}

/* ---- elements ---- */

/* One element of kind U (UCS-4) or S (bytes), padded with zeros at the end.  New string, or NULL. */
static char *string_new(const struct header *h, const uint8_t *p)
{
    struct tv_str b = {0};
    bool ended = false;
    size_t unit = h->kind == 'U' ? 4 : 1;
    tv_str_put(&b, "", 0);
    for (size_t i = 0; i < h->item; i += unit) {
        uint32_t c = p[i];
        if (unit == 4) memcpy(&c, p + i, 4);
        if (unit == 4 && h->swap) c = __builtin_bswap32(c);
        if ((c && ended) || c > 0x10ffff) {
            tv_str_release(&b);
            return NULL;
        }
        if (!c)
            ended = true;
        else if (unit == 4)
            tv_str_utf8(&b, c);
        else
            tv_str_put(&b, p + i, 1);
    }
    return b.s;
}

static void copy_element(const struct header *h, uint8_t *to, const uint8_t *from)
{
    for (size_t i = 0; i < h->item; i++) to[i] = from[h->swap ? h->item - 1 - i : i];
}

/* Where element i (counted in row-major order) lies in the file. */
static size_t place(const struct header *h, size_t i)
{
    size_t at = 0, stride = h->count;
    if (!h->fortran) return i;
    for (int d = h->rank; d-- > 0; i /= (size_t)h->dim[d]) {
        stride /= (size_t)h->dim[d];
        at += i % (size_t)h->dim[d] * stride;
    }
    return at;
}

static const char *fill(struct tv_tensor *t, const struct header *h, const uint8_t *from)
{
    if (t->dtype != TV_STR && !h->swap && (!h->fortran || h->rank < 2)) {
        memcpy(t->data, from, h->count * h->item);
        return NULL;
    }
    for (size_t i = 0; i < h->count; i++) {
        const uint8_t *p = from + place(h, i) * h->item;
        if (t->dtype != TV_STR) {
            copy_element(h, (uint8_t *)t->data + i * h->item, p);
            continue;
        }
        char *s = string_new(h, p), **slot = (char **)t->data + i;
        if (!s) return tv_msg("a string contains a zero or is no Unicode");
        free(*slot);
        *slot = s;
    }
    return NULL;
}

static const char *parse_array(struct tv_set *s, const uint8_t *p, size_t n, const char *name)
{
    struct header h;
    size_t data = 0;
    const char *wrong = parse_header(&h, p, n, &data);
    enum tv_dtype t = wrong ? 0 : dtype_of(&h);
    if (!wrong && !t) wrong = tv_msg("unsupported dtype %c%zu", h.kind, h.item);
    if (!wrong && tv_set_find(s, name)) wrong = tv_msg("comes twice");
    if (wrong) return tv_msg("%s: %s", name, wrong);
    struct tv_tensor *x = tv_set_add(s, tv_tensor_new(name, t, h.rank, h.dim));
    wrong = fill(x, &h, p + data);
    return wrong ? tv_msg("%s: %s", name, wrong) : NULL;
}

static const char *parse_member(void *ctx, const struct tv_zip_member *m)
{
    size_t n = strlen(m->name);
    if (n < 5 || strcmp(m->name + n - 4, ".npy"))
        return tv_msg("%s: want an NPZ, whose members end in .npy; is this another kind of ZIP file?",
                      m->name);
    char *name = tv_strndup(m->name, n - 4);
    const char *wrong = parse_array(ctx, m->bytes, m->n, name);
    free(name);
    return wrong;
}

const char *tv_npy_parse(struct tv_set *s, const void *bytes, size_t n, const char *name)
{
    return is_zip(bytes, n) ? tv_zip_each(bytes, n, parse_member, s) : parse_array(s, bytes, n, name);
}

/* ---- writing ---- */

static uint32_t next_code_point(const uint8_t **s)
{
    const uint8_t *p = *s;
    int more = *p < 0x80                 ? 0
               : *p >= 0xc2 && *p < 0xe0 ? 1
               : *p >= 0xe0 && *p < 0xf0 ? 2
               : *p >= 0xf0 && *p < 0xf5 ? 3
                                         : -1;
    if (more <= 0) return (*s)++, more ? 0xfffd : *p;
    uint32_t c = *p & (0x3f >> more);
    for (int i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80) return (*s)++, 0xfffd; /* no UTF-8: the replacement character */
        c = c << 6 | (p[i] & 0x3f);
    }
    *s += more + 1;
    return c;
}

static size_t longest_string(const struct tv_tensor *t)
{
    size_t longest = 1;
    for (int64_t i = 0; i < tv_tensor_count(t); i++) {
        size_t n = 0;
        for (const uint8_t *s = ((uint8_t **)t->data)[i]; *s; n++) next_code_point(&s);
        if (n > longest) longest = n;
    }
    return longest;
}

static uint32_t *ucs4_new(const struct tv_tensor *t, size_t width)
{
    size_t n = (size_t)tv_tensor_count(t);
    uint32_t *out = tv_alloc(n, 4 * width);
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        for (const uint8_t *s = ((uint8_t **)t->data)[i]; *s;) out[i * width + k++] = next_code_point(&s);
    }
    return out;
}

/* An array as pieces of bytes; what is made for it is freed by release_pieces(). */
struct pieces {
    struct tv_str header;
    void *made;
    struct tv_zip_piece at[2];
};

static void make_pieces(struct pieces *p, const struct tv_tensor *t)
{
    static const char *const descr[TV_DTYPE_END] = {
        [TV_U8] = "|u1",   [TV_I8] = "|i1",  [TV_U16] = "<u2", [TV_I16] = "<i2",  [TV_U32] = "<u4",
        [TV_I32] = "<i4",  [TV_U64] = "<u8", [TV_I64] = "<i8", [TV_BOOL] = "|b1", [TV_F16] = "<f2",
        [TV_BF16] = "<f4", [TV_F32] = "<f4", [TV_F64] = "<f8"};
    size_t item = tv_dtype_size(t->dtype);
    struct tv_str dict = {0};
    *p = (struct pieces){0};
    if (t->dtype == TV_STR) {
        size_t width = longest_string(t);
        item = 4 * width;
        p->made = ucs4_new(t, width);
        tv_str_add(&dict, "{'descr': '<U%zu', ", width);
    } else {
        tv_str_add(&dict, "{'descr': '%s', ", descr[t->dtype]);
    }
    if (t->dtype == TV_BF16) { /* NumPy has no such dtype; f32 holds every value */
        item = sizeof(float);
        p->made = tv_tensor_f32_new(t);
    }
    tv_str_add(&dict, "'fortran_order': False, 'shape': (");
    for (int d = 0; d < t->rank; d++)
        tv_str_add(&dict, "%lld%s", (long long)t->dim[d], d + 1 < t->rank ? ", " : t->rank == 1 ? "," : "");
    tv_str_add(&dict, "), }");
    while ((10 + dict.len + 1) % 64) tv_str_put(&dict, " ", 1);
    tv_str_put(&dict, "\n", 1);
    tv_str_put(&p->header, NPY_MAGIC, sizeof NPY_MAGIC);
    tv_str_put(&p->header, (uint8_t[]){1, 0, dict.len & 255, dict.len >> 8 & 255}, 4);
    tv_str_put(&p->header, dict.s, dict.len);
    tv_str_release(&dict);
    p->at[0] = (struct tv_zip_piece){p->header.s, p->header.len};
    p->at[1] = (struct tv_zip_piece){p->made ? p->made : t->data, (size_t)tv_tensor_count(t) * item};
}

static void release_pieces(struct pieces *p)
{
    tv_str_release(&p->header);
    free(p->made);
}

const char *tv_npy_write(const char *path, const struct tv_tensor *t)
{
    struct tv_output out;
    struct pieces p;
    tv_output_open(&out, path, true);
    make_pieces(&p, t);
    tv_output_write(&out, p.at[0].bytes, p.at[0].n);
    tv_output_write(&out, p.at[1].bytes, p.at[1].n);
    release_pieces(&p);
    tv_output_close(&out);
    return NULL;
}

const char *tv_npz_write(const char *path, const struct tv_set *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (strlen(s->at[i]->name) > UINT16_MAX - 4)
            return tv_msg("tensor %zu: the name is too long for a ZIP file", i);
    struct tv_output out;
    tv_output_open(&out, path, true);
    struct tv_zip_writer zip = {.out = &out};
    for (size_t i = 0; i < s->n; i++) {
        struct pieces p;
        make_pieces(&p, s->at[i]);
        char *name = tv_format_new("%s.npy", s->at[i]->name);
        tv_zip_add(&zip, name, p.at, 2);
        free(name);
        release_pieces(&p);
    }
    tv_zip_finish(&zip);
    tv_output_close(&out);
    return NULL;
}
