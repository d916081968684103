#include "data/prep.h"
#include <stdlib.h>
#include <string.h>
#include "core/str.h"

const char *const tv_preset_names[] = {"raw", "unit", "half", "caffe", "imagenet", NULL};

/* SPEC: raw x; unit x/255; half (x/255 - 0.5)/0.5; caffe BGR x - (104,117,123); imagenet. */
static const struct tv_prep_options presets[] = {
    [TV_PRESET_RAW] = {0},
    [TV_PRESET_UNIT] = {.scale = "1/255"},
    [TV_PRESET_HALF] = {.scale = "1/255", .mean = "0.5", .std = "0.5"},
    [TV_PRESET_CAFFE] = {.bgr = true, .mean = "104,117,123"},
    [TV_PRESET_IMAGENET] = {.rgb = true,
                            .resize = "256",
                            .crop = 224,
                            .scale = "1/255",
                            .mean = "0.485,0.456,0.406",
                            .std = "0.229,0.224,0.225"},
};

static const char *parse_resize(struct tv_prep *p, const char *text)
{
    size_t n;
    char **word = tv_split_new(text, 'x', &n);
    bool ok = n >= 1 && n <= 2 && tv_parse_int(word[0], &p->resize_w) &&
              (n == 1 || tv_parse_int(word[1], &p->resize_h));
    tv_split_free(word);
    if (!ok || p->resize_w < 1 || p->resize_w > TV_IMAGE_MAX_SIDE || (n == 2 && p->resize_h < 1) ||
        p->resize_h > TV_IMAGE_MAX_SIDE)
        return tv_msg("--resize %s: want N or WxH, pixels of 1 to %d", text, TV_IMAGE_MAX_SIDE);
    return NULL;
}

/* "0.5" or "1/255". */
static bool parse_number(const char *word, double *v)
{
    const char *slash = strchr(word, '/');
    double below;
    if (!slash) return tv_parse_double(word, v);
    char *above = tv_format_new("%.*s", (int)(slash - word), word);
    bool ok = tv_parse_double(above, v) && tv_parse_double(slash + 1, &below) && below != 0;
    free(above);
    if (ok) *v /= below;
    return ok;
}

/* A list of numbers in canonical form as the attribute `key`. */
static const char *set_numbers(struct tv_attrs *attrs, const char *key, const char *text)
{
    if (!text) return NULL;
    struct tv_str canonical = {0};
    const char *msg = NULL;
    size_t n;
    char **word = tv_split_new(text, ',', &n);
    for (size_t i = 0; i < n && !msg; i++) {
        double v;
        if (!parse_number(word[i], &v))
            msg = tv_msg("--%s %s: want numbers separated by commas", key, text);
        else if (v == 0 && !strcmp(key, "std"))
            msg = tv_msg("--std %s: want numbers other than 0", text);
        else {
            if (i) tv_str_add(&canonical, ",");
            tv_str_double(&canonical, v);
        }
    }
    if (!msg) tv_attrs_set(attrs, key, canonical.s);
    tv_split_free(word);
    tv_str_release(&canonical);
    return msg;
}

const char *tv_prep_init(struct tv_prep *p, const struct tv_prep_options *o)
{
    const struct tv_prep_options *d = &presets[o->preset];
    const char *resize = o->resize ? o->resize : d->resize, *msg;
    memset(p, 0, sizeof *p);
    if (o->rgb + o->bgr + o->grey > 1) return tv_msg("want one of --rgb, --bgr and --grey");
    if (resize && (msg = parse_resize(p, resize))) return msg;
    p->crop = o->crop ? o->crop : d->crop;
    p->pad = o->pad;
    p->channels = o->grey ? 1 : o->rgb || o->bgr || d->rgb || d->bgr ? 3 : 0;
    if ((msg = set_numbers(&p->attrs, "scale", o->scale ? o->scale : d->scale)) ||
        (msg = set_numbers(&p->attrs, "mean", o->mean ? o->mean : d->mean)) ||
        (msg = set_numbers(&p->attrs, "std", o->std ? o->std : d->std)))
        return msg;
    if (o->bgr || (d->bgr && !o->rgb && !o->grey)) tv_attrs_set(&p->attrs, "order", "bgr");
    return NULL;
}

void tv_prep_release(struct tv_prep *p) { tv_attrs_release(&p->attrs); }

bool tv_prep_is_active(const struct tv_prep *p) { return p->channels || p->resize_w || p->crop || p->pad; }

const char *tv_prep_image(const struct tv_prep *p, struct tv_image *im)
{
    const char *msg = NULL;
    if (p->channels) tv_image_channels(im, p->channels);
    if (p->resize_w && p->resize_h)
        msg = tv_image_resize(im, p->resize_w, p->resize_h);
    else if (p->resize_w)
        msg = tv_image_resize_shorter(im, p->resize_w);
    if (!msg && p->crop) msg = tv_image_crop(im, p->crop, p->crop);
    if (!msg && p->pad) msg = tv_image_pad(im, p->pad, p->pad);
    return msg;
}
