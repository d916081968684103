/* nn/window.c */
#include "nn/window.h"
#include <string.h>
#include "core/err.h"
#include "nn/ops.h"

enum {
    LARGEST = 1 << 24
}; /* of a kernel size, stride, dilation or padding: products stay far from overflow */

/* `count` numbers of an attribute, at least `min` each. */
static const char *read_ints(const struct tv_node *n, const char *name, int64_t *v, int max, int64_t min,
                             int *count)
{
    const int64_t *a = tv_attr_ints(n, name, count);
    if (*count > max) return tv_node_msg(n, "%s: want at most %d numbers, got %d", name, max, *count);
    for (int i = 0; i < *count; i++) {
        if (a[i] < min || a[i] > LARGEST)
            return tv_node_msg(n, "%s: want %lld to %d, got %lld", name, (long long)min, LARGEST,
                               (long long)a[i]);
        v[i] = a[i];
    }
    return NULL;
}

static const char *read_auto_pad(const struct tv_node *n, enum tv_auto_pad *pad)
{
    static const char *const names[] = {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"};
    const char *s = tv_attr_string(n, "auto_pad", "NOTSET");
    for (int i = 0; i < 4; i++) {
        if (strcmp(s, names[i])) continue;
        *pad = (enum tv_auto_pad)i;
        return NULL;
    }
    return tv_node_msg(n, "auto_pad: want NOTSET, SAME_UPPER, SAME_LOWER or VALID, got '%.40s'", s);
}

const char *tv_window_read(const struct tv_node *n, struct tv_window *w)
{
    int64_t pads[2 * TV_WINDOW_MAX];
    int strides, dilations, n_pads;
    *w = (struct tv_window){0};
    for (int i = 0; i < TV_WINDOW_MAX; i++) w->stride[i] = w->dilation[i] = w->kernel[i] = 1;
    const char *err = read_auto_pad(n, &w->pad);
    if (!err) err = read_ints(n, "kernel_shape", w->kernel, TV_WINDOW_MAX, 1, &w->n_kernel);
    if (!err) err = read_ints(n, "strides", w->stride, TV_WINDOW_MAX, 1, &strides);
    if (!err) err = read_ints(n, "dilations", w->dilation, TV_WINDOW_MAX, 1, &dilations);
    if (!err) err = read_ints(n, "pads", pads, 2 * TV_WINDOW_MAX, 0, &n_pads);
    if (err) return err;
    const int given[] = {w->n_kernel, strides, dilations, n_pads / 2};
    for (int i = 0; i < 4; i++) {
        if (given[i] && w->k && given[i] != w->k)
            return tv_node_msg(n, "attributes for %d and for %d dimensions", w->k, given[i]);
        if (given[i]) w->k = given[i];
    }
    if (n_pads % 2) return tv_node_msg(n, "pads: want an even number of them, got %d", n_pads);
    for (int i = 0; i < n_pads / 2; i++) {
        if (w->pad != TV_PAD_NOTSET) continue;
        w->begin[i] = pads[i];
        w->end[i] = pads[n_pads / 2 + i];
    }
    return NULL;
}

const char *tv_window_check(const struct tv_node *n, const struct tv_window *w, int k)
{
    if (k < 1 || k > TV_WINDOW_MAX)
        return tv_node_msg(n, "want 1 to %d spatial dimensions, got %d", TV_WINDOW_MAX, k);
    if (w->k && w->k != k)
        return tv_node_msg(n, "attributes for %d spatial dimensions, input with %d", w->k, k);
    return NULL;
}

static int64_t extent(const struct tv_window *w, int i) { return (w->kernel[i] - 1) * w->dilation[i] + 1; }
static bool same(const struct tv_window *w)
{
    return w->pad == TV_PAD_SAME_UPPER || w->pad == TV_PAD_SAME_LOWER;
}

int64_t tv_window_out(const struct tv_window *w, int i, int64_t in)
{
    int64_t s = w->stride[i];
    if (same(w)) return (in + s - 1) / s;
    int64_t room = in + w->begin[i] + w->end[i] - extent(w, i);
    if (room < 0) return 0;
    if (!w->ceil) return room / s + 1;
    int64_t out = (room + s - 1) / s + 1;
    return (out - 1) * s >= in + w->begin[i] ? out - 1 : out;
}

static int64_t same_padding(const struct tv_window *w, int i, int64_t in)
{
    int64_t all = (tv_window_out(w, i, in) - 1) * w->stride[i] + extent(w, i) - in;
    return all > 0 ? all : 0;
}

int64_t tv_window_begin(const struct tv_window *w, int i, int64_t in)
{
    if (!same(w)) return w->begin[i];
    int64_t all = same_padding(w, i, in);
    return w->pad == TV_PAD_SAME_UPPER ? all / 2 : all - all / 2;
}

int64_t tv_window_end(const struct tv_window *w, int i, int64_t in)
{
    return same(w) ? same_padding(w, i, in) - tv_window_begin(w, i, in) : w->end[i];
}
