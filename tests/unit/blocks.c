/* Networks in blocks (fig/blocks.h), their layout (fig/dag.h), and the figure of both: branches, residual
 * connections over the cut between columns, ranks. */
#include <math.h>
#include "check.h"
#include "fig/blocks.h"
#include "fig/dag.h"
#include "fig/figure.h"
#include "model.h"
#include "xml.h"

static void fine(const char *error)
{
    if (!CHECK(!error)) printf("%s\n", error);
}

static void conv(struct model *m, const char *out, const char *in, int from, int to)
{
    char *w = tv_format_new("w_%s", out), *dims = tv_format_new("%d,%d,3,3", to, from),
         *inputs = tv_format_new("%s,%s", in, w);
    model_weight(m, w, dims);
    model_node(m, "Conv", out, inputs, "I:pads=1,1,1,1");
    free(w), free(dims), free(inputs);
}

/* `n` residual blocks: conv, Relu, conv, Add, Relu. */
static struct tv_graph residual(int n)
{
    struct tv_graph g;
    struct model m = model_new();
    model_input(&m, "x", "n,3,8,8");
    conv(&m, "c", "x", 3, 4);
    model_node(&m, "Relu", "r0", "c", "");
    for (int i = 0; i < n; i++) {
        char name[6][16];
        for (int k = 0; k < 6; k++)
            snprintf(name[k], sizeof name[k], "%c%d", "rabsdr"[k], k == 5 ? i + 1 : i);
        conv(&m, name[1], name[0], 4, 4);
        model_node(&m, "Relu", name[2], name[1], "");
        conv(&m, name[3], name[2], 4, 4);
        char *both = tv_format_new("%s,%s", name[3], name[0]);
        model_node(&m, "Add", name[4], both, "");
        model_node(&m, "Relu", name[5], name[4], "");
        free(both);
    }
    char *last = tv_format_new("r%d", n);
    model_node(&m, "GlobalAveragePool", "pool", last, "");
    model_output(&m, "pool");
    free(last);
    fine(model_load(&m, &g));
    return g;
}

static void test_blocks(void)
{
    struct tv_graph g = residual(1);
    struct tv_netblocks b;
    tv_netblocks_init(&b, &g);
    CHECK(b.n == 5); /* x, conv1, conv2, conv3, Add */
    CHECK(b.edges == 5);
    CHECK(b.at[0].layer < 0 && !strcmp(b.at[0].title, "x"));
    CHECK(b.at[1].layer == 0 && !strcmp(b.at[1].follow.s, "Relu"));
    CHECK(b.at[3].layer == 2 && b.at[3].follow.len == 0);
    CHECK(!strcmp(b.at[4].title, "Add") && strstr(b.at[4].follow.s, "GlobalAveragePool"));
    static const struct tv_netedge want[] = {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {1, 4}};
    for (int e = 0; e < b.edges && e < 5; e++)
        CHECK(b.edge[e].from == want[e].from && b.edge[e].to == want[e].to);
    tv_netblocks_release(&b);
    tv_graph_release(&g);
}

static void test_layout(void)
{
    static const int edges[][2] = {{0, 1}, {0, 2}, {1, 3}, {2, 3}, {0, 3}};
    struct tv_dag d = {.node = TV_ARRAY(struct tv_dag_node, 4),
                       .nodes = 4,
                       .edge = TV_ARRAY(struct tv_dag_edge, 5),
                       .edges = 5,
                       .across = 20,
                       .down = 30};
    for (int i = 0; i < 4; i++) d.node[i] = (struct tv_dag_node){.w = 100, .h = 40 + 10 * i};
    for (int e = 0; e < 5; e++) d.edge[e].from = edges[e][0], d.edge[e].to = edges[e][1];
    fine(tv_dag_layout(&d));
    for (int e = 0; e < 5; e++) {
        CHECK(d.node[edges[e][0]].y < d.node[edges[e][1]].y);
        CHECK(d.edge[e].n >= 2);
    }
    for (int i = 0; i < 4; i++) {
        CHECK(d.node[i].x - 50 > -1 && d.node[i].x + 50 < d.width + 1);
        for (int j = 0; j < i; j++)
            CHECK(fabs(d.node[i].x - d.node[j].x) > 119 ||
                  fabs(d.node[i].y - d.node[j].y) > (d.node[i].h + d.node[j].h) / 2 + 29);
    }
    tv_dag_release(&d);
}

/* No text outside the page or over another one, well-formed, the same twice. */
static void check_figure(struct tv_figure *f)
{
    struct tv_str svg[2] = {{0}, {0}};
    for (int k = 0; k < 2; k++) {
        struct tv_canvas *c = tv_canvas_new(tv_theme_get(0), NULL);
        struct tv_box *box;
        const char **text;
        fine(tv_figure_draw(c, f));
        fine(tv_canvas_write(&svg[k], c, TV_SVG, 1));
        size_t n = tv_canvas_texts(c, &box, &text);
        size_t outside = 0, covered = 0;
        for (size_t i = 0; i < n; i++) {
            outside += box[i].x0 < 0 || box[i].x1 > tv_canvas_width(c) || box[i].y1 > tv_canvas_height(c);
            for (size_t j = 0; j < i; j++) covered += tv_box_meets(&box[i], &box[j]);
        }
        CHECK(n > 0 && outside == 0);
        CHECK(covered == 0);
        free(box);
        free(text);
        tv_canvas_free(c);
    }
    fine(xml_wrong(svg[0].s));
    CHECK(svg[0].len == svg[1].len && !memcmp(svg[0].s, svg[1].s, svg[0].len));
    for (int k = 0; k < 2; k++) tv_str_release(&svg[k]);
}

static void test_figure(void)
{
    static const int blocks[] = {0, 1, 30};
    struct tv_set ranks = {.name = tv_strdup("ranks.tv")};
    int32_t *top = tv_set_add(&ranks, tv_tensor_new("top/3/conv1", TV_I32, 1, (int64_t[]){3}))->data;
    top[0] = 2, top[1] = 0, top[2] = 3;
    for (int i = 0; i < 3; i++) {
        struct tv_graph g = residual(blocks[i]);
        struct tv_figure f = {.kind = TV_FIGURE_ARCH, .model = &g};
        check_figure(&f);
        f.part[TV_PART_TARGET_RANKS] = &ranks;
        check_figure(&f);
        tv_graph_release(&g);
    }
    tv_set_release(&ranks);
}

int main(void)
{
    test_blocks();
    test_layout();
    test_figure();
    return check_done();
}
