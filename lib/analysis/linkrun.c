#include "analysis/linkrun.h"
#include "core/err.h"
#include "core/mem.h"
#include <stdlib.h>

const char *tv_linkrun_open(struct tv_linkrun *l, const struct tv_linkrun_options *o)
{
    *l = (struct tv_linkrun){.classes = o->classes};
    const char *err = tv_run_open(&l->run, o->model, o->weights, o->data);
    if (err) return err;
    if (!l->run.d.labelled)
        return tv_msg("%s has no labels: links are counted class by class; tv-import --labels adds them",
                      l->run.d.name);
    if (o->classes && (err = tv_dataset_only(&l->run.d, o->classes))) return err;
    bool *chosen;
    if ((err = tv_run_layers_new(&l->run.g, o->layers, &chosen))) return err;
    err = tv_link_table_new(&l->table, &l->run.g, chosen, o->top, o->mem ? (int64_t)o->mem / 8 : 0);
    free(chosen);
    if (err) return err;
    const int *want;
    int n = tv_link_table_inputs(l->table, &want);
    struct tv_link_bytes b = tv_link_table_bytes(l->table, l->run.d.n);
    int64_t least = tv_memory_used() + b.held + b.writing;
    if (o->mem && (int64_t)o->mem < least)
        return tv_msg("--mem: want at least %lld MiB for the links of one class, got %lld MiB",
                      (long long)(least >> 20) + 1, (long long)(o->mem >> 20));
    return tv_infer_init(&l->infer, &l->run.g, want, n, o->batch, o->mem, b.held + b.passing);
}

const char *tv_linkrun_run(struct tv_linkrun *l)
{
    const char *err;
    while (!(err = tv_run_next(&l->run, l->infer.images)) && l->run.b.n > 0) {
        if ((err = tv_infer_run(&l->infer, l->run.b.n, l->run.x))) return err;
        if ((err = tv_link_table_add(l->table, l->run.b.n, l->infer.out, l->run.b.label))) return err;
    }
    if (!err && !tv_link_table_classes(l->table))
        return tv_msg("%s: no image of class %s", l->run.d.name, l->classes ? l->classes : "known");
    tv_infer_release(&l->infer); /* makes room for what writing takes */
    return err;
}

void tv_linkrun_write(const struct tv_linkrun *l, struct tv_writer *w)
{
    tv_writer_metas(w, &l->run.d.meta);
    tv_run_meta(w, (const struct tv_graph *[]){&l->run.g}, 1);
    tv_link_table_write(l->table, w, l->run.d.class_name, l->run.d.classes);
}

void tv_linkrun_close(struct tv_linkrun *l)
{
    tv_infer_release(&l->infer);
    tv_link_table_free(l->table);
    tv_run_close(&l->run);
}

int64_t tv_linkrun_macs(const struct tv_linkrun *l)
{
    int64_t macs = 0;
    for (int i = 0; i < l->run.g.n_layers; i++)
        macs += 2 * l->run.g.layer[i].macs; /* the layer, and its links */
    return macs * (l->run.d.n > 0 ? l->run.d.n : 1);
}

int64_t tv_linkrun_bytes(const struct tv_linkrun *l)
{
    struct tv_link_bytes b = tv_link_table_bytes(l->table, l->run.d.n);
    int64_t passing = tv_infer_bytes(&l->infer) + b.passing;
    return b.held + (passing > b.writing ? passing : b.writing);
}
