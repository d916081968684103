/* fig/dag.c - see dag.h. */
#include "fig/dag.h"

#include <graphviz/gvc.h>
#include <math.h>
#include <stdlib.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"

enum { INCH = 72 /* points, Graphviz' unit of positions; sizes are in inches */, PIECES = 8 /* a curve */ };

static void set(void *object, char *key, double value)
{
    char *text = tv_format_new("%.6f", value);
    agsafeset(object, key, text, "");
    free(text);
}

static void build(Agraph_t *g, Agnode_t **node, Agedge_t **edge, const struct tv_dag *d)
{
    set(g, "nodesep", d->across / INCH);
    set(g, "ranksep", d->down / INCH);
    agattr(g, AGNODE, "shape", "box");
    agattr(g, AGNODE, "fixedsize", "true");
    agattr(g, AGNODE, "label", "");
    agattr(g, AGEDGE, "arrowhead", "none");
    for (int i = 0; i < d->nodes; i++) {
        char *name = tv_format_new("%d", i);
        node[i] = agnode(g, name, 1);
        set(node[i], "width", d->node[i].w / INCH);
        set(node[i], "height", d->node[i].h / INCH);
        free(name);
    }
    for (int i = 0; i < d->edges; i++)
        edge[i] = agedge(g, node[d->edge[i].from], node[d->edge[i].to], NULL, 1);
}

static void add_point(struct tv_dag_edge *e, double x, double y)
{
    e->at[2 * e->n] = x;
    e->at[2 * e->n + 1] = y;
    e->n++;
}

/* Bezier curves as short lines; those that are straight as one. */
static void flatten(struct tv_dag_edge *e, const bezier *b, double height)
{
    int curves = (int)(b->size - 1) / 3;
    e->at = TV_ARRAY(double, (size_t)(2 * (curves * PIECES + 1)));
    add_point(e, b->list[0].x, height - b->list[0].y);
    for (int k = 0; k < curves; k++) {
        const pointf *p = b->list + 3 * k;
        double dx = p[3].x - p[0].x, dy = p[3].y - p[0].y, length = hypot(dx, dy), off = 0;
        for (int i = 1; i < 3; i++) off = fmax(off, fabs(dx * (p[i].y - p[0].y) - dy * (p[i].x - p[0].x)));
        int pieces = off <= 0.25 * length ? 1 : PIECES;
        for (int i = 1; i <= pieces; i++) {
            double t = (double)i / pieces, s = 1 - t;
            double w[4] = {s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t}, x = 0, y = 0;
            for (int j = 0; j < 4; j++) x += w[j] * p[j].x, y += w[j] * p[j].y;
            add_point(e, x, height - y);
        }
    }
}

static void read_back(struct tv_dag *d, Agraph_t *g, Agnode_t **node, Agedge_t **edge)
{
    d->width = GD_bb(g).UR.x;
    d->height = GD_bb(g).UR.y;
    for (int i = 0; i < d->nodes; i++) {
        d->node[i].x = ND_coord(node[i]).x;
        d->node[i].y = d->height - ND_coord(node[i]).y;
    }
    for (int i = 0; i < d->edges; i++)
        if (ED_spl(edge[i])) flatten(&d->edge[i], &ED_spl(edge[i])->list[0], d->height);
}

const char *tv_dag_layout(struct tv_dag *d)
{
    GVC_t *context = gvContext();
    Agraph_t *g = agopen("network", Agdirected, NULL);
    Agnode_t **node = TV_ARRAY(Agnode_t *, (size_t)d->nodes);
    Agedge_t **edge = TV_ARRAY(Agedge_t *, (size_t)d->edges);
    const char *error = NULL;
    agseterr(AGMAX); /* what goes wrong is said by us */
    build(g, node, edge, d);
    if (gvLayout(context, g, "dot"))
        error = "Graphviz has no layout `dot`; install its plugins (libgvc6) and run `dot -c`";
    else {
        read_back(d, g, node, edge);
        gvFreeLayout(context, g);
    }
    agclose(g);
    gvFreeContext(context);
    free(node);
    free(edge);
    return error;
}

void tv_dag_release(struct tv_dag *d)
{
    for (int i = 0; i < d->edges; i++) free(d->edge[i].at);
    free(d->edge);
    free(d->node);
}
