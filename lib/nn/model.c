#include "nn/model.h"
#include <stdlib.h>
#include "core/cmd.h"
#include "core/mem.h"
#include "core/str.h"
#include "nn/arch.h"
#include "nn/head.h"
#include "nn/onnx.h"

const char *tv_model_load(struct tv_model *m, const char *path, const char *weights)
{
    *m = (struct tv_model){0};
    const char *err = tv_onnx_load(&m->g, path, weights);
    if (err) return tv_msg("%s: %s", tv_basename(path), err);
    m->bytes = tv_file_read_new(path, &m->n);
    return NULL;
}

/* Takes over `bytes`. */
static const char *parse(struct tv_model *m, const char *name, void *bytes, size_t n)
{
    *m = (struct tv_model){.bytes = bytes, .n = n};
    const char *err = tv_onnx_parse(&m->g, bytes, n, ".", true);
    if (err) {
        free(bytes);
        return tv_msg("%s: %s", name, err);
    }
    m->g.name = tv_strdup(name);
    return NULL;
}

const char *tv_model_new(struct tv_model *m, const char *arch, int64_t c, int64_t h, int64_t w, int64_t k,
                         uint64_t seed)
{
    void *bytes;
    size_t n;
    const char *err = tv_arch_onnx_new(arch, c, h, w, k, seed, &bytes, &n);
    return err ? err : parse(m, arch, bytes, n);
}

const char *tv_model_head(struct tv_model *m, int64_t k, uint64_t seed)
{
    void *whole = NULL, *changed = NULL;
    size_t whole_n, changed_n;
    char *name = tv_strdup(m->g.name);
    const char *err = tv_onnx_update_new(&m->g, m->bytes, m->n, &whole, &whole_n); /* all weights inside */
    if (!err) err = tv_head_replace_new(&m->g, whole, whole_n, k, seed, &changed, &changed_n);
    if (err) err = tv_msg("%s: %s", name, err);
    tv_model_release(m);
    if (!err) err = parse(m, name, changed, changed_n);
    free(whole);
    free(name);
    return err;
}

const char *tv_model_write(const struct tv_model *m, struct tv_output *o)
{
    void *bytes;
    size_t n;
    const char *err = tv_onnx_update_new(&m->g, m->bytes, m->n, &bytes, &n);
    if (err) return tv_msg("%s: %s", m->g.name, err);
    tv_output_write(o, bytes, n);
    tv_output_close(o);
    free(bytes);
    return NULL;
}

void tv_model_release(struct tv_model *m)
{
    tv_graph_release(&m->g);
    free(m->bytes);
    *m = (struct tv_model){0};
}
