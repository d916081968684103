/* nn/onnx_weights.c */
#include "nn/onnx_weights.h"
#include <stdlib.h>
#include <string.h>
#include "core/cmd.h"
#include "core/mem.h"
#include "core/safetensors.h"
#include "core/str.h"

const char *tv_onnx_weights_read(struct tv_onnx_weights *w, const char *path)
{
    *w = (struct tv_onnx_weights){0};
    if (!path) return NULL;
    size_t n;
    void *bytes = tv_file_read_new(path, &n);
    const char *err =
        tv_safetensors_is(bytes, n) ? tv_safetensors_parse(&w->set, bytes, n) : "want a safetensors file";
    free(bytes);
    if (err) {
        err = tv_msg("%s: %s", tv_basename(path), err);
        tv_onnx_weights_release(w);
        return err;
    }
    w->set.name = tv_strdup(tv_basename(path));
    w->used = TV_ARRAY(bool, w->set.n);
    return NULL;
}

void tv_onnx_weights_release(struct tv_onnx_weights *w)
{
    tv_set_release(&w->set);
    free(w->used);
    *w = (struct tv_onnx_weights){0};
}

const struct tv_tensor *tv_onnx_weights_find(struct tv_onnx_weights *w, const char *name)
{
    for (size_t i = 0; name && i < w->set.n; i++) {
        if (strcmp(w->set.at[i]->name, name)) continue;
        w->used[i] = true;
        return w->set.at[i];
    }
    return NULL;
}

const char *tv_onnx_weights_fit(const struct tv_tensor *t, int rank, const int64_t *dim)
{
    bool fits = t->rank == rank && t->dtype != TV_STR;
    for (int i = 0; i < rank && fits; i++) fits = dim[i] < 0 || dim[i] == t->dim[i];
    if (fits) return NULL;
    struct tv_str want = {0};
    for (int i = 0; i < rank; i++) tv_str_add(&want, "%s%lld", i ? "," : "", (long long)dim[i]);
    const char *err = tv_msg("weight '%s': the model wants [%s], the file has %s", t->name,
                             want.s ? want.s : "", tv_tensor_text(t));
    tv_str_release(&want);
    return err;
}

const char *tv_onnx_weights_report(const struct tv_onnx_weights *w)
{
    struct tv_str names = {0};
    size_t unused = 0;
    for (size_t i = 0; i < w->set.n; i++)
        if (!w->used[i]) tv_str_add(&names, "%s%s", unused++ ? ", " : "", w->set.at[i]->name);
    const char *err = NULL;
    if (unused && unused == w->set.n)
        err = tv_msg("none of the %zu tensors of %s has the name of a weight of the model", unused,
                     w->set.name);
    else if (unused)
        tv_warn("%s: %zu tensors match no weight of the model: %s", w->set.name, unused, names.s);
    tv_str_release(&names);
    return err;
}
