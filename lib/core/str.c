/* core/str.c - see str.h. */
#include "core/str.h"
#include "core/mem.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- builder ---- */

static void reserve(struct tv_str *b, size_t more) { b->s = tv_grow(b->s, &b->cap, b->len + more + 1, 1); }

static void addv(struct tv_str *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n > 0) {
        reserve(b, (size_t)n);
        vsnprintf(b->s + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    } else {
        tv_str_put(b, "", 0);
    }
    va_end(again);
}

void tv_str_add(struct tv_str *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    addv(b, fmt, ap);
    va_end(ap);
}

void tv_str_put(struct tv_str *b, const void *bytes, size_t n)
{
    reserve(b, n);
    memcpy(b->s + b->len, bytes, n);
    b->s[b->len += n] = 0;
}

void tv_str_release(struct tv_str *b)
{
    free(b->s);
    *b = (struct tv_str){0};
}

char *tv_format_new(const char *fmt, ...)
{
    struct tv_str b = {0};
    va_list ap;
    va_start(ap, fmt);
    addv(&b, fmt, ap);
    va_end(ap);
    return b.s;
}

void tv_str_utf8(struct tv_str *b, uint32_t c)
{
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    uint8_t o[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6) o[i] = 0x80 | (c & 63);
    o[0] = (uint8_t)(lead[n] | c);
    tv_str_put(b, o, n);
}

void tv_str_json(struct tv_str *b, const char *s)
{
    tv_str_put(b, "\"", 1);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            tv_str_add(b, "\\%c", c);
        else if (c == '\n')
            tv_str_put(b, "\\n", 2);
        else if (c == '\t')
            tv_str_put(b, "\\t", 2);
        else if (c < 0x20)
            tv_str_add(b, "\\u%04x", c);
        else
            tv_str_put(b, s, 1);
    }
    tv_str_put(b, "\"", 1);
}

void tv_str_double(struct tv_str *b, double v)
{
    char text[32];
    if (isnan(v)) { /* printf would show the sign of a NaN */
        tv_str_put(b, "nan", 3);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v) break;
    }
    tv_str_put(b, text, strlen(text));
}

/* ---- patterns ---- */

/* One character of `name` against the pattern's head; sets *next to what follows it. */
static bool match_one(const char *p, unsigned char c, const char **next)
{
    if (*p == '?') return *next = p + 1, true;
    if (*p == '[') {
        const char *q = p + 1;
        bool negate = *q == '!' || *q == '^', hit = false;
        if (negate) q++;
        const char *first = q;
        for (; *q && (*q != ']' || q == first); q++) {
            unsigned char lo = (unsigned char)*q, hi = lo;
            if (q[1] == '-' && q[2] && q[2] != ']') {
                hi = (unsigned char)q[2];
                q += 2;
            }
            hit |= lo <= c && c <= hi;
        }
        if (*q == ']') return *next = q + 1, hit != negate;
    }
    return *next = p + 1, (unsigned char)*p == c;
}

bool tv_glob(const char *pattern, const char *name)
{
    const char *star = NULL, *retry = NULL, *next;
    while (*name) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = name;
        } else if (*pattern && match_one(pattern, (unsigned char)*name, &next)) {
            pattern = next;
            name++;
        } else if (star) { /* let the last star swallow one more */
            pattern = star;
            name = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*') pattern++;
    return !*pattern;
}

char *tv_glob_star_new(const char *pattern, const char *name)
{
    const char *star = strchr(pattern, '*');
    size_t n = strlen(name);
    if (!star) return strcmp(pattern, name) == 0 ? tv_strdup("") : NULL;
    size_t before = (size_t)(star - pattern), after = strlen(star + 1);
    if (before + after > n || memcmp(pattern, name, before) || memcmp(star + 1, name + n - after, after))
        return NULL;
    return tv_strndup(name + before, n - before - after);
}

/* ---- did you mean ---- */

/* Edit distance where a swap of neighbours counts one; words longer than the table are far from everything.
 */
static int distance(const char *a, const char *b)
{
    enum { MAX = 64, FAR = 1000 };
    int d[MAX + 1][MAX + 1], n = (int)strlen(a), m = (int)strlen(b);
    if (n > MAX || m > MAX) return FAR;
    for (int i = 0; i <= n; i++) {
        for (int j = 0; j <= m; j++) {
            if (!i || !j) {
                d[i][j] = i + j;
                continue;
            }
            int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && d[i - 2][j - 2] + 1 < best) best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    }
    return d[n][m];
}

const char *tv_nearest(const char *word, const char *const *names)
{
    const char *best = NULL;
    int nearest = (int)strlen(word) / 3 + 1;
    if (nearest > 3) nearest = 3;
    for (; *names; names++) {
        int d = distance(word, *names);
        if (d < nearest || (d == nearest && !best)) {
            nearest = d;
            best = *names;
        }
    }
    return best;
}

/* ---- splitting and numbers ---- */

char **tv_split_new(const char *s, char sep, size_t *n)
{
    size_t count = 1;
    for (const char *p = s; *p; p++) count += *p == sep;
    char **list = TV_ARRAY(char *, count + 1);
    for (size_t i = 0; i < count; i++) {
        const char *end = strchr(s, sep);
        size_t len = end ? (size_t)(end - s) : strlen(s);
        list[i] = tv_strndup(s, len);
        s += len + 1;
    }
    if (n) *n = count;
    return list;
}

void tv_split_free(char **list)
{
    if (!list) return;
    for (char **p = list; *p; p++) free(*p);
    free(list);
}

bool tv_parse_int(const char *s, int64_t *v)
{
    char *end;
    if (!*s || *s == ' ' || *s == '\t' || *s == '\n') return false;
    errno = 0;
    long long x = strtoll(s, &end, 10);
    if (*end || errno) return false;
    *v = x;
    return true;
}

bool tv_parse_double(const char *s, double *v)
{
    char *end;
    if (!*s || *s == ' ' || *s == '\t' || *s == '\n') return false;
    double x = strtod(s, &end);
    if (*end) return false;
    *v = x;
    return true;
}

bool tv_parse_size(const char *s, uint64_t *bytes)
{
    static const char units[] = "kmgtp";
    char *end;
    if (!(*s >= '0' && *s <= '9') && *s != '.') return false;
    double v = strtod(s, &end), scale = 1;
    if (*end) {
        const char *u = strchr(units, *end | 0x20);
        if (u) {
            scale = ldexp(1, 10 * (int)(u - units + 1));
            end++;
            if (*end == 'i') end++;
        }
        if (*end == 'B' || *end == 'b') end++;
    }
    v *= scale;
    if (*end || !(v >= 0 && v < 9.2e18)) return false;
    *bytes = (uint64_t)v;
    return true;
}

const char *tv_basename(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
