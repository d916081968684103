/* fig/text.c - see text.h. */
#include "fig/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/str.h"

/* Bytes of the UTF-8 character that `s` starts with, 0 when it starts with none (or with one that XML does
 * not admit). */
static size_t character(const unsigned char *s)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 0;
    if (n < 2) return n;
    uint32_t code = s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0;
        code = code << 6 | (s[i] & 0x3fu);
    }
    bool surrogate = code >= 0xd800 && code < 0xe000, none = code == 0xfffe || code == 0xffff;
    return code < smallest[n] || code > 0x10ffff || surrogate || none ? 0 : n;
}

char *tv_text_clean_new(const char *s)
{
    struct tv_str b = {0};
    tv_str_put(&b, "", 0);
    while (*s) {
        size_t n = character((const unsigned char *)s);
        if (n == 0)
            tv_str_put(&b, "\xef\xbf\xbd", 3);
        else if (n == 1 && ((unsigned char)*s < 0x20 || *s == 0x7f))
            tv_str_put(&b, " ", 1);
        else
            tv_str_put(&b, s, n);
        s += n ? n : 1;
    }
    return b.s;
}

char *tv_font_fit_new(const struct tv_font *f, const struct tv_text *style, const char *s, double width)
{
    char *clean = tv_text_clean_new(s);
    if (tv_font_width(f, style, clean) <= width) return clean;
    size_t n = strlen(clean);
    char *cut = tv_alloc(n + sizeof TV_ELLIPSIS, 1);
    while (n > 0) {
        do n--;
        while (n > 0 && ((unsigned char)clean[n] & 0xc0) == 0x80);
        while (n > 0 && clean[n - 1] == ' ') n--;
        memcpy(cut, clean, n);
        memcpy(cut + n, TV_ELLIPSIS, sizeof TV_ELLIPSIS);
        if (n > 0 && tv_font_width(f, style, cut) <= width) break;
    }
    if (n == 0) cut[0] = 0;
    free(clean);
    return cut;
}

/* ---- numbers ---- */

const char *tv_text_signed(double v, int decimals)
{
    if (isnan(v)) return TV_DASH;
    const char *digits = tv_msg("%.*f", decimals, fabs(v));
    return strtod(digits, NULL) == 0 ? digits : tv_msg("%s%s", v < 0 ? TV_MINUS : "+", digits);
}

const char *tv_text_fixed(double v, int decimals)
{
    const char *s = tv_text_signed(v, decimals);
    return *s == '+' ? s + 1 : s;
}

const char *tv_text_short(double v, int digits)
{
    if (isnan(v)) return TV_DASH;
    bool whole = fabs(v) >= pow(10, digits) && fabs(v) < 1e7; /* 182, not 1.8e+02 */
    return tv_msg(whole ? "%s%.*f" : "%s%.*g", v < 0 ? TV_MINUS : "", whole ? 0 : digits, fabs(v));
}

const char *tv_text_count(int64_t n)
{
    long long v = (long long)n;
    if (v < 1000) return tv_msg("%lld", v);
    if (v < 1000000) return tv_msg("%lld,%03lld", v / 1000, v % 1000);
    return tv_msg("%lld,%03lld,%03lld", v / 1000000, v / 1000 % 1000, v % 1000);
}
