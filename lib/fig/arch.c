/* fig/arch.c - the network as a graph: layers with kind, shape and multiply-accumulates, the operators
 * between them, and given ranks the important neurons of a class (SPEC 7).
 *
 * Graphviz lays the blocks out from the top to the bottom (dag.h); a long network is then cut into columns
 * where all lines that cross the cut leave one block, and these lines go on at the top of the next column:
 *
 *     [block]   .-->[block]
 *        |      |      |
 *     [block]---'   [block]
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/names.h"
#include "fig/blocks.h"
#include "fig/dag.h"
#include "fig/figure_parts.h"
#include "fig/glyph.h"
#include "nn/onnx.h"
#include "nn/window.h"

enum { BOX = 250, PAD = 10, LINE = 17, PILL = 28, COLUMN_GAP = 54, LEAST = 680 /* width of the page */ };
enum { COLUMNS = 8 /* at most */, SHORT = 760 /* no column is cut below this height */ };

struct important {
    struct tv_set *set; /* borrowed; NULL: no ranks */
    char *key;          /* <class> */
};
struct view {
    struct tv_canvas *c;
    const struct tv_figure *f;
    const struct tv_graph *g;
    struct tv_netblocks b;
    struct tv_dag d;
    struct important rank[2]; /* of the source, the target model */
    int64_t most;             /* multiply-accumulates of the largest layer */
    int *column;              /* per block */
    int columns;
    double x[COLUMNS], y[COLUMNS];       /* what is added to the positions of a column */
    double top[COLUMNS];                 /* where it begins in the layout */
    double left[COLUMNS], width, height; /* left edge of a column; of all */
};

/* ---- text ---- */

static char *shape_new(const struct tv_value *v)
{
    struct tv_str s = {0};
    for (int i = v->varies && v->rank > 1 ? 1 : 0; i < v->rank; i++)
        tv_str_add(&s, "%s%lld", s.len ? TV_TIMES : "", (long long)v->dim[i]);
    return s.s ? s.s : tv_strdup("");
}

/* "12.3 M" */
static char *amount_new(int64_t n)
{
    static const char *const unit[] = {"", " k", " M", " G", " T"};
    double v = (double)n;
    int u = 0;
    for (; v >= 999.5 && u < 4; u++) v /= 1000;
    return tv_format_new("%s%s", u ? tv_text_short(v, 3) : tv_text_count(n), unit[u]);
}

/* "3×3 conv, stride 2, 4 groups", "fc". */
static char *kind_new(const struct tv_graph *g, const struct tv_layer *l)
{
    struct tv_window w;
    struct tv_str s = {0};
    const struct tv_node *n = &g->node[l->node];
    const struct tv_value *weight = &g->value[l->weight];
    if (l->kind != TV_LAYER_CONV || tv_window_read(n, &w)) return tv_strdup("fully connected");
    for (int i = 2; i < weight->rank; i++)
        tv_str_add(&s, "%s%lld", i > 2 ? TV_TIMES : "", (long long)weight->dim[i]);
    tv_str_add(&s, " convolution");
    if (w.stride[0] > 1) tv_str_add(&s, ", stride %lld", (long long)w.stride[0]);
    if (w.dilation[0] > 1) tv_str_add(&s, ", dilation %lld", (long long)w.dilation[0]);
    int64_t groups = tv_attr_int(n, "group", 1);
    if (groups > 1) tv_str_add(&s, ", %lld groups", (long long)groups);
    return s.s;
}

/* ---- important neurons ---- */

static const char *load_ranks(struct view *v, const struct tv_figure *f)
{
    for (int side = 0; side < 2; side++) {
        struct tv_set *set = f->part[TV_PART_SOURCE_RANKS + side];
        if (!set) continue;
        struct tv_figure only = *f;
        only.stream = set;
        only.n = 1;
        const char *error = tv_figure_class_key(&v->rank[side].key, &only, "top");
        if (!error && !v->rank[side].key) error = tv_figure_missing(&only, "top/<class>/<layer>", "tv-rank");
        if (error) return error;
        v->rank[side].set = set;
    }
    return NULL;
}

static const struct tv_tensor *top_of(const struct view *v, int side, const struct tv_layer *l)
{
    if (!v->rank[side].set) return NULL;
    const struct tv_tensor *t =
        tv_set_find(v->rank[side].set, tv_msg("top/%s/%s", v->rank[side].key, l->name));
    return t && t->rank == 1 && t->dtype != TV_STR ? t : NULL;
}

/* ---- blocks ---- */

static int lines_of(const struct view *v, const struct tv_netblock *b)
{
    const struct tv_layer *l = &v->g->layer[b->layer];
    int n = 3 + (b->follow.len > 0);
    for (int side = 0; side < 2; side++) n += top_of(v, side, l) != NULL;
    return n;
}

static char *pill_new(const struct view *v, const struct tv_netblock *b)
{
    char *shape =
        b->value >= 0 && v->g->value[b->value].producer < 0 ? shape_new(&v->g->value[b->value]) : NULL;
    char *text = tv_format_new("%s%s%s%s%s", b->title, b->follow.len ? TV_DOT : "",
                               b->follow.len ? b->follow.s : "", shape ? "  " : "", shape ? shape : "");
    free(shape);
    return text;
}

static void measure(struct view *v)
{
    struct tv_text s = tv_text_style(v->c, TV_SIZE_SMALL);
    for (int i = 0; i < v->b.n; i++) {
        const struct tv_netblock *b = &v->b.at[i];
        struct tv_dag_node *n = &v->d.node[i];
        if (b->layer >= 0) {
            n->w = BOX;
            n->h = 2 * PAD + LINE * lines_of(v, b) - 3;
            continue;
        }
        char *text = pill_new(v, b);
        n->w = fmin(tv_text_width(v->c, &s, text) + 28, BOX);
        n->h = PILL;
        free(text);
    }
}

/* Share of the largest layer, and the number. */
static void draw_macs(const struct view *v, const struct tv_layer *l, double x, double y, double w)
{
    struct tv_text s = tv_text_style(v->c, TV_SIZE_SMALL);
    struct tv_pen track = tv_pen_fill(tv_canvas_theme(v->c)->histogram_ground),
                  bar = tv_pen_fill(tv_canvas_theme(v->c)->ramp[2]);
    char *text = amount_new(l->macs);
    s.anchor = TV_END;
    tv_draw_text(v->c, &s, x + w, y, "%s", text);
    tv_draw_rect(v->c, x, y - 8, w - 56, 8, 0, &track);
    tv_draw_rect(v->c, x, y - 8, (w - 56) * (double)l->macs / (double)(v->most ? v->most : 1), 8, 0, &bar);
    free(text);
}

/* "7 of 64: 49 9 48 ...", as many whole numbers as fit. */
static void draw_important(const struct view *v, int side, const struct tv_layer *l,
                           const struct tv_tensor *top, double x, double y, double w)
{
    struct tv_text s = tv_text_style(v->c, TV_SIZE_SMALL);
    struct tv_pen mark = tv_pen_fill(tv_side_color(v->c, (enum tv_side)side));
    struct tv_str text = {0};
    tv_str_add(&text, "%lld of %lld:", (long long)top->dim[0], (long long)l->channels);
    for (int64_t i = 0; i < top->dim[0]; i++) {
        size_t before = text.len;
        tv_str_add(&text, " %.0f", tv_tensor_get(top, i));
        double more = i + 1 < top->dim[0] ? tv_text_width(v->c, &s, " " TV_ELLIPSIS) : 0;
        if (tv_text_width(v->c, &s, text.s) + more <= w - 16) continue;
        text.s[text.len = before] = 0;
        tv_str_add(&text, " " TV_ELLIPSIS);
        break;
    }
    s.color = mark.fill;
    tv_group(v->c, "important");
    tv_group_data(v->c, "model", "%s", tv_side_name[side]);
    tv_group_title(v->c, "%s model: important neurons, best first", tv_side_name[side]);
    tv_glyph_mark(v->c, (enum tv_side)side, x + 5, y - TV_TEXT_MIDDLE * s.size, side ? 3.6 : 4.4, &mark);
    tv_draw_text_fit(v->c, &s, x + 16, y, w - 16, text.s);
    tv_group_end(v->c);
    tv_str_release(&text);
}

static void draw_layer(const struct view *v, const struct tv_netblock *b, double x, double y, double h)
{
    const struct tv_layer *l = &v->g->layer[b->layer];
    const struct tv_theme *theme = tv_canvas_theme(v->c);
    struct tv_pen box = {.fill = theme->panel, .stroke = theme->muted, .width = 1};
    struct tv_text name = tv_text_style(v->c, TV_SIZE_BODY), s = tv_text_style(v->c, TV_SIZE_SMALL), end = s;
    char *shape = shape_new(&v->g->value[l->output]), *kind = kind_new(v->g, l),
         *parameters = amount_new(l->parameters);
    double left = x + PAD, w = BOX - 2 * PAD, base = y + PAD + 10;
    name.bold = true;
    end.anchor = TV_END;
    s.color = theme->muted;
    tv_group(v->c, "layer");
    tv_group_id(v->c, "layer-%s", l->name);
    tv_group_data(v->c, "layer", "%s", l->name);
    tv_group_data(v->c, "macs", "%lld", (long long)l->macs);
    tv_group_data(v->c, "parameters", "%lld", (long long)l->parameters);
    tv_group_title(v->c, "%s (%s): %s, %s parameters, %lld multiply-accumulates", l->name,
                   v->g->node[l->node].name, shape, parameters, (long long)l->macs);
    tv_draw_rect(v->c, x, y, BOX, h, 5, &box);
    tv_draw_text(v->c, &name, left, base, "%s", l->name);
    tv_draw_text_fit(v->c, &end, left + w, base, w - 70, shape);
    end.color = theme->muted;
    tv_draw_text_fit(v->c, &s, left, base += LINE, w - 56, kind);
    tv_draw_text(v->c, &end, left + w, base, "%s", parameters);
    draw_macs(v, l, left, base += LINE, w);
    if (b->follow.len) tv_draw_text_fit(v->c, &s, left, base += LINE, w, b->follow.s);
    for (int side = 0; side < 2; side++) {
        const struct tv_tensor *top = top_of(v, side, l);
        if (top) draw_important(v, side, l, top, left, base += LINE, w);
    }
    tv_group_end(v->c);
    free(shape), free(kind), free(parameters);
}

static void draw_pill(const struct view *v, const struct tv_netblock *b, const struct tv_dag_node *n,
                      double x, double y)
{
    const struct tv_theme *theme = tv_canvas_theme(v->c);
    struct tv_text s = tv_text_style(v->c, TV_SIZE_SMALL);
    struct tv_pen box = {.fill = theme->ground, .stroke = theme->muted, .width = 1};
    char *text = pill_new(v, b), *shape = shape_new(&v->g->value[b->tail]);
    s.anchor = TV_MIDDLE;
    tv_group(v->c, "operator");
    tv_group_data(v->c, "type", "%s", b->title);
    tv_group_title(v->c, "%s: %s", text, shape);
    tv_draw_rect(v->c, x, y, n->w, n->h, n->h / 2, &box);
    tv_draw_text_fit(v->c, &s, x + n->w / 2, y + n->h / 2 + TV_TEXT_MIDDLE * s.size, n->w - 20, text);
    tv_group_end(v->c);
    free(text);
    free(shape);
}

/* ---- columns ---- */

static double top_edge(const struct view *v, int i) { return v->d.node[i].y - v->d.node[i].h / 2; }
static double bottom_edge(const struct view *v, int i) { return v->d.node[i].y + v->d.node[i].h / 2; }

/* May the network be cut at that height?  No block lies across it, and the lines that do leave one block. */
static bool can_cut(const struct view *v, double y)
{
    int from = -1;
    for (int i = 0; i < v->b.n; i++)
        if (top_edge(v, i) < y && bottom_edge(v, i) > y) return false;
    for (int e = 0; e < v->d.edges; e++) {
        const struct tv_dag_edge *k = &v->d.edge[e];
        if (v->d.node[k->from].y > y || v->d.node[k->to].y < y) continue;
        if (from >= 0 && from != k->from) return false;
        from = k->from;
    }
    return from >= 0;
}

/* The place to cut between two heights that is nearest to `wanted`: right above a block; INFINITY: none. */
static double find_cut(const struct view *v, double after, double before, double wanted)
{
    double best = INFINITY;
    for (int i = 0; i < v->b.n; i++) {
        double y = top_edge(v, i) - 1;
        if (y > after && y < before && fabs(y - wanted) < fabs(best - wanted) && can_cut(v, y)) best = y;
    }
    return best;
}

/* As many columns as make the page somewhat wider than high. */
static void cut(struct view *v)
{
    double cuts[COLUMNS], height = v->d.height;
    int wanted = (int)lround(sqrt(1.3 * height / (v->d.width + COLUMN_GAP)));
    if (wanted > height / SHORT) wanted = (int)ceil(height / SHORT);
    v->columns = 1;
    for (int k = 1; k < wanted && k < COLUMNS; k++) {
        double from = v->columns > 1 ? cuts[v->columns - 2] : 0, step = (height - from) / (wanted - k + 1);
        double y = find_cut(v, from + step / 2, height, from + step);
        if (isfinite(y)) cuts[v->columns++ - 1] = y;
    }
    for (int i = 0; i < v->b.n; i++) {
        v->column[i] = 0;
        while (v->column[i] < v->columns - 1 && v->d.node[i].y > cuts[v->column[i]]) v->column[i]++;
    }
}

/* What a column takes of the layout: its blocks, and the lines within it. */
static struct tv_box extent(const struct view *v, int k)
{
    struct tv_box b = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    for (int i = 0; i < v->b.n; i++) {
        const struct tv_dag_node *n = &v->d.node[i];
        if (v->column[i] != k) continue;
        b.x0 = fmin(b.x0, n->x - n->w / 2), b.x1 = fmax(b.x1, n->x + n->w / 2);
        b.y0 = fmin(b.y0, top_edge(v, i)), b.y1 = fmax(b.y1, bottom_edge(v, i));
    }
    for (int e = 0; e < v->d.edges; e++) {
        const struct tv_dag_edge *line = &v->d.edge[e];
        for (int p = 0; p < line->n && v->column[line->to] == k; p++) {
            if (line->at[2 * p + 1] < b.y0) continue;
            b.x0 = fmin(b.x0, line->at[2 * p]), b.x1 = fmax(b.x1, line->at[2 * p]);
        }
    }
    return b;
}

/* Columns stand side by side, their tops on one line. */
static void place_columns(struct view *v, double x, double y)
{
    v->height = 0;
    for (int k = 0; k < v->columns; k++) {
        struct tv_box b = extent(v, k);
        v->left[k] = x;
        v->top[k] = b.y0;
        v->x[k] = x - b.x0;
        v->y[k] = y - b.y0;
        v->height = fmax(v->height, b.y1 - b.y0);
        x += b.x1 - b.x0 + COLUMN_GAP;
    }
    v->width = x - COLUMN_GAP;
}

/* ---- lines ---- */

static void draw_line(const struct view *v, const struct tv_dag_edge *e, const struct tv_pen *pen)
{
    int k = v->column[e->from];
    struct tv_path path = {0};
    if (e->n < 2) return;
    double x0 = v->d.node[e->from].x + v->x[k], y0 = bottom_edge(v, e->from) + v->y[k];
    bool straight = e->n == 2 && fabs(e->at[0] - e->at[2]) < 0.5;
    for (int i = 0; i < e->n; i++)
        (i ? tv_path_line : tv_path_move)(&path, e->at[2 * i] + v->x[k], e->at[2 * i + 1] + v->y[k]);
    double x = e->at[2 * e->n - 2] + v->x[k], y = top_edge(v, e->to) + v->y[k];
    if (straight)
        tv_glyph_arrow(v->c, x0, y0, x, y, pen->stroke, pen->width);
    else {
        tv_draw_path(v->c, &path, pen);
        tv_glyph_arrow(v->c, e->at[2 * e->n - 4] + v->x[k], e->at[2 * e->n - 3] + v->y[k], x, y, pen->stroke,
                       pen->width);
    }
    tv_path_release(&path);
}

/* From the bottom of one column through the gap to the top of the next, and there on as laid out. */
static void draw_turn(const struct view *v, const struct tv_dag_edge *e, const struct tv_pen *pen)
{
    int a = v->column[e->from], b = v->column[e->to], p = 0;
    double x = v->d.node[e->from].x + v->x[a], y = bottom_edge(v, e->from) + v->y[a];
    double gap = v->left[b] - COLUMN_GAP / 2, above = v->top[b] + v->y[b] - 16,
           end = top_edge(v, e->to) + v->y[b];
    struct tv_path path = {0};
    if (e->n < 2) return;
    while (p < e->n - 1 && e->at[2 * p + 1] < v->top[b]) p++;
    tv_path_move(&path, x, y);
    tv_path_line(&path, x, y + 14);
    tv_path_line(&path, gap, y + 14);
    tv_path_line(&path, gap, above);
    x = e->at[2 * p] + v->x[b], y = above;
    tv_path_line(&path, x, y);
    for (; p < e->n - 1; p++) {
        x = e->at[2 * p] + v->x[b], y = e->at[2 * p + 1] + v->y[b];
        tv_path_line(&path, x, y);
    }
    tv_draw_path(v->c, &path, pen);
    tv_glyph_arrow(v->c, x, y, e->at[2 * p] + v->x[b], end, pen->stroke, pen->width);
    tv_path_release(&path);
}

static void draw_lines(const struct view *v)
{
    struct tv_pen pen = tv_pen_stroke(tv_canvas_theme(v->c)->muted, 1.25);
    pen.round = true;
    tv_group(v->c, "lines");
    for (int e = 0; e < v->d.edges; e++) {
        const struct tv_dag_edge *k = &v->d.edge[e];
        (v->column[k->from] == v->column[k->to] ? draw_line : draw_turn)(v, k, &pen);
    }
    tv_group_end(v->c);
}

/* ---- the page ---- */

static double draw_legend(const struct view *v, double y, double width)
{
    struct tv_legend l = tv_legend_begin(v->c, TV_FIGURE_MARGIN, y, width - TV_FIGURE_MARGIN);
    struct tv_pen bar = tv_pen_fill(tv_canvas_theme(v->c)->ramp[2]);
    double x;
    tv_group(v->c, "legend");
    tv_legend_entry(&l, 0, &x, "in a box: name and shape of the output, kind and parameters");
    tv_legend_entry(&l, 24, &x, "multiply-accumulates an image");
    tv_draw_rect(v->c, x - 12, l.y - 4, 24, 8, 0, &bar);
    for (int side = 0; side < 2; side++) {
        if (!v->rank[side].set) continue;
        struct tv_pen mark = tv_pen_fill(tv_side_color(v->c, (enum tv_side)side));
        tv_legend_entry(&l, 12, &x, "important neurons of the %s model, best first", tv_side_name[side]);
        tv_glyph_mark(v->c, (enum tv_side)side, x, l.y, side ? 4 : 4.8, &mark);
    }
    tv_group_end(v->c);
    return l.y + 10;
}

static double draw_head(const struct view *v, double width)
{
    const struct tv_graph *g = v->g;
    int64_t parameters = 0, macs = 0;
    for (int i = 0; i < g->n_layers; i++) parameters += g->layer[i].parameters, macs += g->layer[i].macs;
    char *p = amount_new(parameters), *m = amount_new(macs),
         *title = tv_format_new("Architecture of %s", g->name);
    const char *key = v->rank[1].key ? v->rank[1].key : v->rank[0].key;
    char *class = key ? tv_figure_key_text_new(v->f, key) : NULL;
    if (class) class[0] = (char)tolower((unsigned char)class[0]);
    char *subtitle = tv_format_new(
        "%d layer%s" TV_DOT "%s parameters" TV_DOT "%s multiply-accumulates an image%s%s", g->n_layers,
        g->n_layers == 1 ? "" : "s", p, m, class ? TV_DOT "important neurons of " : "", class ? class : "");
    double y = tv_figure_head(v->c, v->f, title, subtitle, width);
    free(p), free(m), free(title), free(class), free(subtitle);
    return y;
}

static void draw_page(struct view *v)
{
    cut(v);
    place_columns(v, TV_FIGURE_MARGIN, 0);
    double page = fmax(v->width + TV_FIGURE_MARGIN, LEAST), top = draw_head(v, page) + 26;
    place_columns(v, TV_FIGURE_MARGIN + fmax(0, (page - v->width - TV_FIGURE_MARGIN) / 2), top);
    draw_lines(v);
    for (int i = 0; i < v->b.n; i++) {
        const struct tv_netblock *b = &v->b.at[i];
        const struct tv_dag_node *n = &v->d.node[i];
        double x = n->x - n->w / 2 + v->x[v->column[i]], y = top_edge(v, i) + v->y[v->column[i]];
        if (b->layer >= 0)
            draw_layer(v, b, x, y, n->h);
        else
            draw_pill(v, b, n, x, y);
    }
    tv_canvas_size(v->c, page, draw_legend(v, top + v->height + 40, page) + TV_FIGURE_MARGIN - 8);
}

static void prepare(struct view *v)
{
    tv_netblocks_init(&v->b, v->g);
    v->column = TV_ARRAY(int, (size_t)v->b.n);
    v->d = (struct tv_dag){.node = TV_ARRAY(struct tv_dag_node, (size_t)v->b.n),
                           .nodes = v->b.n,
                           .edge = TV_ARRAY(struct tv_dag_edge, (size_t)v->b.edges),
                           .edges = v->b.edges,
                           .across = 22,
                           .down = 26};
    for (int e = 0; e < v->b.edges; e++) {
        v->d.edge[e].from = v->b.edge[e].from;
        v->d.edge[e].to = v->b.edge[e].to;
    }
    for (int l = 0; l < v->g->n_layers; l++)
        if (v->g->layer[l].macs > v->most) v->most = v->g->layer[l].macs;
    measure(v);
}

const char *tv_figure_arch(struct tv_canvas *c, const struct tv_figure *f)
{
    if (!f->model || f->n || f->n_images)
        return "arch: want one ONNX model as operand; ranks are given by --source-ranks and --target-ranks";
    struct view v = {.c = c, .f = f, .g = f->model};
    const char *error = load_ranks(&v, f);
    if (!error) {
        prepare(&v);
        error = tv_dag_layout(&v.d);
        if (!error) draw_page(&v);
        tv_dag_release(&v.d);
        tv_netblocks_release(&v.b);
        free(v.column);
    }
    for (int side = 0; side < 2; side++) free(v.rank[side].key);
    return error;
}
