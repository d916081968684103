/* PPM and PGM, binary (P5, P6) and plain (P2, P3), any maxval: v -> round(255 v / maxval). */
#include "core/err.h"
#include "data/codec.h"

struct text {
    const uint8_t *at, *end;
};

static int is_space(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* Next decimal number, comments and blanks before it skipped; -1 when there is none or it exceeds 65535. */
static int64_t number(struct text *t)
{
    while (t->at < t->end && (is_space(*t->at) || *t->at == '#')) {
        if (*t->at == '#')
            while (t->at < t->end && *t->at != '\n') t->at++;
        else
            t->at++;
    }
    int64_t v = -1;
    for (; t->at < t->end && *t->at >= '0' && *t->at <= '9'; t->at++) {
        v = (v < 0 ? 0 : v) * 10 + (*t->at - '0');
        if (v > 65535) return -1;
    }
    return v;
}

static const char *samples(struct tv_image *im, struct text *t, int64_t maxval, bool plain)
{
    size_t count = (size_t)(im->h * im->w * im->c);
    for (size_t i = 0; i < count; i++) {
        int64_t v;
        if (plain) {
            v = number(t);
        } else {
            v = *t->at++;
            if (maxval > 255) v = v << 8 | *t->at++;
        }
        if (v < 0 || v > maxval)
            return tv_msg("sample %zu of %zu: want 0 to %lld, found %s", i, count, (long long)maxval,
                          v < 0 ? "no number" : "more");
        im->px[i] = (uint8_t)((v * 255 + maxval / 2) / maxval);
    }
    return NULL;
}

const char *tv_pnm_decode(struct tv_image *im, const uint8_t *bytes, size_t n)
{
    char kind = (char)bytes[1];
    bool plain = kind == '2' || kind == '3';
    if (kind == '1' || kind == '4') return tv_msg("PBM (P%c): want PGM or PPM", kind);
    struct text t = {bytes + 2, bytes + n};
    int64_t w = number(&t), h = number(&t), maxval = number(&t), c = kind == '3' || kind == '6' ? 3 : 1;
    if (w < 1 || h < 1 || maxval < 1 || t.at == t.end || !is_space(*t.at))
        return tv_msg("PNM: bad header: want width, height and maxval of 1 to 65535");
    t.at++;
    /* A plain sample takes two characters but for the last one, which may end the file. */
    int64_t need = w * h * c * (plain ? 2 : maxval > 255 ? 2 : 1) - plain;
    if (t.end - t.at < need)
        return tv_msg("PNM: %lldx%lld pixels need %lld bytes, found %lld: truncated", (long long)w,
                      (long long)h, (long long)need, (long long)(t.end - t.at));
    const char *msg = tv_image_resize_buffer(im, h, w, c);
    return msg ? msg : samples(im, &t, maxval, plain);
}
