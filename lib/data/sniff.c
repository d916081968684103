/* What are the operands of tv-import?  By their first bytes, but for folders, and for .pb, which has no
 * magic. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "core/cmd.h"
#include "core/mem.h"
#include "core/npy.h"
#include "core/str.h"
#include "data/import.h"
#include "data/numbers.h"
#include "core/pb.h"
#include "core/safetensors.h"

#define WHOLE_MAX ((size_t)1 << 40) /* bytes of a file that is read whole */

enum kind { FOLDER, IMAGE_FILE, IDX_IMAGES, IDX, NPY, SAFETENSORS, PB, LIST, STREAM, UNKNOWN };

static bool is_text(const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (b[i] < ' ' && !strchr("\t\r\n", b[i])) return false;
    return n > 0;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool ends(const char *path, const char *suffix)
{
    size_t n = strlen(path), k = strlen(suffix);
    return n > k && !strcmp(path + n - k, suffix);
}

static const char *kind_of(struct tv_bytes *b, const char *path, enum kind *kind)
{
    const uint8_t *head;
    size_t n;
    const char *msg = tv_bytes_peek(b, &head, 256, &n);
    if (msg) return msg;
    if (n == 0) return tv_msg("%s: empty input: want images or tensors", tv_bytes_name(b));
    if (tv_idx_is(head, n))
        *kind = head[2] == 0x08 && (head[3] == 3 || head[3] == 4) ? IDX_IMAGES : IDX;
    else if (n >= 6 && tv_npy_is(head, n))
        *kind = NPY;
    else if (tv_safetensors_is(head, n))
        *kind = SAFETENSORS;
    else if (tv_image_format(head, n))
        *kind = IMAGE_FILE;
    else if (ends(path, ".pb"))
        *kind = PB;
    else if (n >= 4 && !memcmp(head, "\x89TVS", 4))
        *kind = STREAM;
    else
        *kind = is_text(head, n) ? LIST : UNKNOWN;
    return NULL;
}

/* "a/b.npy" -> "b", "a/b.gz" -> "b". */
static char *stem_new(const char *path)
{
    const char *base = tv_basename(path), *dot = strrchr(base, '.');
    return tv_strndup(base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

/* Adds the tensors of one file to the set; `name` is what a lone one is called. */
static const char *add_tensors(struct tv_set *set, struct tv_bytes *b, enum kind kind, const char *name)
{
    struct tv_tensor *t = NULL;
    const char *msg;
    if (kind == IDX || kind == IDX_IMAGES) {
        if (!(msg = tv_idx_tensor_new(&t, b, name))) tv_set_add(set, t);
        return msg;
    }
    void *bytes;
    size_t n;
    if ((msg = tv_bytes_rest_new(b, WHOLE_MAX, &bytes, &n))) return msg;
    if (kind == PB || kind == LIST) {
        msg = kind == PB ? tv_pb_parse_new(&t, bytes, n, name) : tv_numbers_parse_new(&t, bytes, name);
        if (!msg) tv_set_add(set, t);
    } else {
        msg = kind == NPY ? tv_npy_parse(set, bytes, n, name) : tv_safetensors_parse(set, bytes, n);
    }
    free(bytes);
    return msg ? tv_msg("%s: %s", tv_bytes_name(b), msg) : NULL;
}

/* The tensors of one file to im->set, under names that are not there yet. */
static const char *read_tensors(struct tv_import *im, struct tv_bytes *b, enum kind kind, const char *name)
{
    uint32_t crc;
    struct tv_set set = {0};
    const char *msg = add_tensors(&set, b, kind, name);
    for (size_t i = 0; i < set.n && !msg; i++) {
        if (tv_set_find(&im->set, set.at[i]->name))
            msg = tv_msg("%s: a tensor %s is there already; --name gives others", tv_bytes_name(b),
                         set.at[i]->name);
        else
            tv_set_add(&im->set, set.at[i]), set.at[i] = NULL;
    }
    tv_attrs_copy(&im->set.meta, &set.meta);
    for (size_t i = 0; i < set.n; i++) /* those not moved */
        if (set.at[i]) tv_tensor_free(set.at[i]);
    set.n = 0;
    tv_set_release(&set);
    if (!msg && !(msg = tv_bytes_crc(b, &crc))) tv_history_file(tv_bytes_name(b), crc);
    return msg;
}

/* Several operands, none of them a picture: tensors. */
static const char *sniff_tensors(struct tv_import *im, char *const *operand, int n, char *const *names,
                                 size_t given)
{
    const char *msg = NULL;
    if (names && given != (size_t)n)
        return tv_msg("--name: want %d names, one an operand, got %zu", n, given);
    for (int i = 0; i < n && !msg; i++) {
        struct tv_bytes *b;
        enum kind kind;
        if (is_folder(operand[i]))
            return tv_msg("%s: want one folder; folders together go into one as subfolders", operand[i]);
        if ((msg = tv_bytes_open(&b, operand[i]))) break;
        char *name = names ? tv_strdup(names[i]) : stem_new(tv_bytes_name(b));
        if (!(msg = kind_of(b, operand[i], &kind)))
            msg = kind == IDX || kind == NPY || kind == SAFETENSORS || kind == PB || kind == LIST
                      ? read_tensors(im, b, kind, name)
                      : tv_msg("%s: want one folder, list or IDX of images, or several image files, or "
                               "several tensors "
                               "(.npy .npz .safetensors .pb, tables of numbers)",
                               tv_bytes_name(b));
        free(name);
        tv_bytes_close(b);
    }
    return msg;
}

/* May a lone array be images without being called so? */
static bool means_images(const struct tv_tensor *t, const struct tv_import_options *o)
{
    if (t->dtype == TV_U8) return t->rank == 3 || t->rank == 4;
    return o->labels && t->rank == 4 && t->dtype != TV_STR;
}

/* One file of tensors: images when it has a tensor `image`. */
static const char *sniff_set(struct tv_import *im, struct tv_bytes *b, enum kind kind,
                             const struct tv_import_options *o)
{
    char *name = o->name ? tv_strdup(o->name) : stem_new(tv_bytes_name(b));
    const char *msg = read_tensors(im, b, kind, name);
    free(name);
    if (msg) return msg;
    if (im->set.n == 1 && kind == NPY && !o->name && means_images(im->set.at[0], o)) {
        free(im->set.at[0]->name);
        im->set.at[0]->name = tv_strdup("image");
    }
    im->images = tv_set_find(&im->set, "image") != NULL;
    if (!im->images) return NULL;
    im->set.name = tv_strdup(tv_basename(tv_bytes_name(b)));
    return tv_images_set(&im->from, &im->set);
}

static const char *sniff_list(struct tv_import *im, struct tv_bytes *b)
{
    void *text;
    size_t n;
    const char *path = tv_bytes_name(b), *base = tv_basename(path);
    const char *msg = tv_bytes_rest_new(b, WHOLE_MAX, &text, &n);
    if (msg) return msg;
    char *dir = tv_strndup(path, (size_t)(base - path));
    msg = tv_images_list(&im->from, text, base, dir);
    if (!msg) msg = tv_bytes_crc(b, &im->from.crc);
    free(dir);
    free(text);
    return msg;
}

static const char *sniff_file(struct tv_import *im, const char *path, const struct tv_import_options *o)
{
    struct tv_bytes *b;
    enum kind kind;
    const char *msg = tv_bytes_open(&b, path);
    if (msg) return msg;
    if ((msg = kind_of(b, path, &kind))) goto end;
    im->images = kind == IDX_IMAGES || (kind == LIST && !o->name) || kind == IMAGE_FILE;
    switch (kind) {
    case IDX_IMAGES: msg = tv_images_idx(&im->from, b); return msg; /* the images own b now */
    case IMAGE_FILE:
        msg = strcmp(path, "-")
                  ? tv_images_files(&im->from, (char *const *)&path, 1)
                  : tv_msg("stdin: want IDX, NPY, NPZ, safetensors or a list of paths, found an image");
        break;
    case LIST: msg = o->name ? sniff_set(im, b, kind, o) : sniff_list(im, b); break;
    case STREAM:
        msg = tv_msg("%s: is a tensor stream already; tv-select takes parts of it", tv_bytes_name(b));
        break;
    case UNKNOWN:
        if (ends(path, ".onnx")) {
            msg = tv_msg("%s: is a model, no data; tv-infer -m takes it", tv_bytes_name(b));
            break;
        }
        msg = tv_msg("%s: want a folder, an image, IDX, NPY, NPZ, safetensors, .pb or a list of paths, found "
                     "none of them",
                     tv_bytes_name(b));
        break;
    default: msg = sniff_set(im, b, kind, o);
    }
end:
    tv_bytes_close(b);
    return msg;
}

const char *tv_import_sniff(struct tv_import *im, char *const *operand, int n,
                            const struct tv_import_options *o)
{
    if (n == 1 && is_folder(operand[0])) {
        im->images = true;
        return tv_images_folder(&im->from, operand[0]);
    }
    if (n == 1) return sniff_file(im, operand[0], o);
    if (tv_image_suffix(operand[0])) {
        im->images = true;
        return tv_images_files(&im->from, operand, n);
    }
    size_t given = 0;
    char **names = o->name ? tv_split_new(o->name, ',', &given) : NULL;
    const char *msg = sniff_tensors(im, operand, n, names, given);
    if (names) tv_split_free(names);
    return msg;
}
