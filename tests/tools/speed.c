/* speed - what the machine can do, and how much of it kernels reach; for tests/bench.
 * OMP_NUM_THREADS as given.
 *
 *   speed peak                    GFLOP/s of fused multiply-adds and in bfloat16, GB/s of copying and of
 *                                 CRCs of megabytes
 *   speed handover                ns from a thread's store until another thread sees it
 *   speed model NAME >FILE        a network of a named architecture (nn/arch.h), 1000 classes, random weights
 *   speed chain N >FILE           conv1 of 3 to 64 channels, then N equal layers of 64 channels on 32x32
 *   speed links MODEL [IMAGES]    GFLOP/s of the links of every pair of layers (no network is run), beside
 *                                 the peak
 *   speed depthwise               what depthwise convolutions reach of the roofline, on cold data
 *   speed stream GIB              a stream of attributions of that size
 */
#include "analysis/links.h"
#include "analysis/links_select.h"
#include "core/format.h"
#include "core/mem.h"
#include "core/stream.h"
#include "core/str.h"
#include "model.h"
#include "nn/arch.h"
#include "nn/onnx.h"
#include "num/conv.h"
#include "num/machine.h"
#include "num/rng.h"
#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Processor time of all threads, shared out among them: what other programs do does not count. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return ((double)t.tv_sec + 1e-9 * (double)t.tv_nsec) / omp_get_max_threads();
}

static double crc_peak(void)
{
    enum { BYTES = 1 << 20, TURNS = 2000 };
    uint8_t *a = tv_alloc(BYTES, 1);
    uint32_t crc = 0;
    double start = now();
    for (int turn = 0; turn < TURNS; turn++) crc = tv_crc(crc, a, BYTES);
    double rate = (double)BYTES * TURNS / ((now() - start) * omp_get_max_threads()) / 1e9;
    free(a);
    return crc == 1 ? 0 : rate;
}

/* Seconds for the values of `images` random images, counted. */
static double link_seconds(const struct tv_link_map *m, struct tv_link_counts *counts, int64_t images,
                           struct tv_link_scan *scan)
{
    struct tv_rng rng;
    tv_rng_seed(&rng, 1, 0);
    float *x = TV_ARRAY(float, images * m->row);
    const float **row = TV_ARRAY(const float *, images);
    struct tv_link_counts **of = TV_ARRAY(struct tv_link_counts *, images);
    for (int64_t i = 0; i < images * m->row; i++)
        x[i] = (float)fmax(0, tv_rng_normal(&rng)); /* as after ReLU */
    for (int64_t i = 0; i < images; i++) row[i] = x + i * m->row, of[i] = counts;
    double start = now();
    tv_link_scan_begin(scan, of, images);
    tv_link_scan_values(m, row, scan);
    if (tv_link_scan_end(scan)) exit(1);
    double seconds = now() - start;
    free(x), free(row), free(of);
    return seconds;
}

static int links(const char *model, int64_t images)
{
    struct tv_graph g;
    const char *err = tv_onnx_load(&g, model, NULL);
    if (err) return fprintf(stderr, "%s\n", err), 1;
    int n;
    struct tv_link *l = tv_graph_links_new(&g, &n);
    tv_graph_plan(&g, 1);
    puts("links\tms/image\tGFLOP/s\tof the FMA peak");
    for (int i = 0; i < n; i++) {
        struct tv_link_map m;
        struct tv_link_counts counts;
        struct tv_link_scan scan = {0};
        if (tv_link_map_init(&m, &g, &l[i])) continue;
        tv_link_counts_init(&counts, m.na, m.nb, m.exist, 0.01, m.taps > 0);
        double best = link_seconds(&m, &counts, images, &scan), macs = (double)g.layer[l[i].b].macs;
        for (int run = 0; run < 2; run++) best = fmin(best, link_seconds(&m, &counts, images, &scan));
        double rate = 2 * macs * (double)images / best / 1e9;
        printf("%s..%s\t%.2f\t%.0f\t%.2f\n", g.layer[m.a].name, g.layer[m.b].name,
               1e3 * best / (double)images, rate, rate * 1e9 / tv_machine_flops());
        tv_link_scan_release(&scan);
        tv_link_counts_release(&counts);
        tv_link_map_release(&m);
    }
    tv_links_free(l, n);
    tv_graph_release(&g);
    return 0;
}

/* Blocks of 64 images go out again and again. */
static int stream(double gib)
{
    enum { LAYERS = 8, BLOCK = 64 };
    static const int64_t neurons[LAYERS] = {64, 192, 384, 256, 256, 4096, 4096, 1000};
    float *row[LAYERS];
    int id[LAYERS], label_id;
    int32_t label[BLOCK];
    int64_t width = 1, dim[2] = {-1, 1};
    struct tv_rng rng;
    tv_rng_seed(&rng, 1, 0);
    struct tv_writer *w = tv_writer_open(NULL);
    label_id = tv_writer_begin(w, "label", TV_I32, 1, dim, NULL);
    for (int l = 0; l < LAYERS; l++) {
        char *name = tv_format_new("attrib/%s%d", l < 5 ? "conv" : "fc", l + 1);
        dim[1] = neurons[l];
        id[l] = tv_writer_begin(w, name, TV_F32, 2, dim, NULL);
        free(name);
        row[l] = TV_ARRAY(float, BLOCK *neurons[l]);
        for (int64_t i = 0; i < BLOCK * neurons[l]; i++) row[l][i] = (float)tv_rng_normal(&rng);
        width += neurons[l];
    }
    for (int i = 0; i < BLOCK; i++) label[i] = i % 10;
    for (double left = gib * (1 << 30); left > 0; left -= (double)(4 * width * BLOCK)) {
        tv_writer_rows(w, label_id, BLOCK, label);
        for (int l = 0; l < LAYERS; l++) tv_writer_rows(w, id[l], BLOCK, row[l]);
    }
    tv_writer_history(w, NULL);
    tv_writer_close(w);
    for (int l = 0; l < LAYERS; l++) free(row[l]);
    return 0;
}

static int model(const char *name)
{
    void *bytes;
    size_t n;
    const char *err = tv_arch_onnx_new(name, 3, 224, 224, 1000, 1, &bytes, &n);
    if (err) return fprintf(stderr, "%s\n", err), 1;
    bool ok = fwrite(bytes, 1, n, stdout) == n && !fflush(stdout);
    free(bytes);
    return !ok;
}

/* Weights keep the size of what passes through them. */
static int chain(int layers)
{
    struct model m = model_new();
    struct tv_str from = {0};
    model_input(&m, "x", "n,3,32,32");
    tv_str_add(&from, "x");
    for (int i = 0; i <= layers; i++) {
        char *w = tv_format_new("w%d", i), *y = tv_format_new("y%d", i), *z = tv_format_new("z%d", i);
        float *v = model_weight(&m, w, i ? "64,64,3,3" : "64,3,3,3");
        for (int k = 0; k < 64 * 9 * (i ? 64 : 3); k++) v[k] *= i ? 0.2f : 1;
        tv_str_add(&from, ",%s", w);
        model_node(&m, "Conv", y, from.s, "I:pads=1,1,1,1");
        model_node(&m, "Relu", z, y, "");
        from.len = 0;
        tv_str_add(&from, "%s", z);
        free(w), free(y), free(z);
    }
    model_weight(&m, "head", "64,10");
    model_node(&m, "GlobalAveragePool", "mean", from.s, "");
    model_node(&m, "Flatten", "flat", "mean", "");
    model_node(&m, "MatMul", "logits", "flat,head", "");
    model_output(&m, "logits");
    tv_str_release(&from);
    size_t n;
    void *bytes = model_bytes_new(&m, &n);
    bool ok = fwrite(bytes, 1, n, stdout) == n && !fflush(stdout);
    free(bytes);
    return !ok;
}

/* Seconds of a pass over each of the buffers' rings of images: forward, data-backward, gradient of weights. */
static double depthwise_pass(const struct tv_conv *c, int pass, int64_t ring, float *x, float *y,
                             float *packed, float *dw)
{
    enum { TURNS = 3 };
    int64_t nx = c->n * c->h * c->w * c->co, ny = c->n * c->ho * c->wo * c->co;
    double best = 0;
    for (int turn = 0; turn < TURNS; turn++) {
        double start = now();
        for (int64_t i = 0; i < ring; i++) {
            if (pass == 0) tv_conv_forward(c, y + i * ny, x + i * nx, packed, NULL);
            if (pass == 1) tv_conv_backward(c, x + i * nx, y + i * ny, packed);
            if (pass == 2) tv_conv_weights(c, dw, NULL, y + i * ny, x + i * nx);
        }
        double took = (now() - start) / (double)ring;
        if (turn == 0 || took < best) best = took;
    }
    return best;
}

static int depthwise(void)
{
    enum { N = 14, RING_BYTES = 200 << 20 };
    static const int shape[][4] = {{112, 32, 3, 1}, {112, 96, 3, 2}, {56, 144, 3, 1}, {28, 192, 3, 1},
                                   {14, 576, 3, 1}, {7, 960, 3, 1},  {28, 120, 5, 1}, {7, 960, 5, 1}};
    static const char *const pass[] = {"forward", "backward", "weights"};
    double peak = tv_machine_flops(), bandwidth = tv_machine_bandwidth();
    for (size_t s = 0; s < sizeof shape / sizeof *shape; s++) {
        int64_t w = shape[s][0], co = shape[s][1], k = shape[s][2], stride = shape[s][3],
                o = (w - 1) / stride + 1;
        struct tv_conv c = {.n = N,
                            .h = w,
                            .w = w,
                            .ci = 1,
                            .ho = o,
                            .wo = o,
                            .co = co,
                            .kh = k,
                            .kw = k,
                            .sh = stride,
                            .sw = stride,
                            .pt = k / 2,
                            .pl = k / 2,
                            .dh = 1,
                            .dw = 1,
                            .groups = co};
        int64_t nx = c.n * w * w * co, ny = c.n * o * o * co, bytes = (nx + ny) * (int64_t)sizeof(float),
                ring = RING_BYTES / bytes + 1;
        float *x = tv_alloc_aligned((size_t)(ring * nx), sizeof *x),
              *y = tv_alloc_aligned((size_t)(ring * ny), sizeof *y),
              *packed = TV_ARRAY(float, (size_t)tv_conv_packed_size(&c)),
              *dw = TV_ARRAY(float, (size_t)(co * k * k));
        for (int64_t i = 0; i < co * k * k; i++) packed[i] = 1.0f / (float)(i % 7 + 1);
        for (int64_t i = 0; i < ring * nx; i++) x[i] = (float)(i % 23) - 11;
        double operations = 2.0 * (double)(ny * k * k),
               least = fmax(operations / peak, (double)bytes / bandwidth);
        for (int i = 0; i < 3; i++) {
            double took = depthwise_pass(&c, i, ring, x, y, packed, dw);
            printf("%lldx%lld, stride %lld, %lld channels of %lldx%lld\t%s\t%.0f GFLOP/s\t%.2f of the "
                   "roofline\n",
                   (long long)k, (long long)k, (long long)stride, (long long)co, (long long)w, (long long)w,
                   pass[i], operations / took / 1e9, least / took);
        }
        free(x), free(y), free(packed), free(dw);
    }
    return 0;
}

/* Two threads pass a number to and fro. */
static int handover(void)
{
    enum { ROUNDS = 100000 };
    static atomic_int turn;
    double took = 0;
#pragma omp parallel num_threads(2)
    {
        int thread = omp_get_thread_num();
#pragma omp barrier
        double start = omp_get_wtime();
        for (int round = 0; round < ROUNDS && omp_get_num_threads() == 2; round++) {
            while (atomic_load(&turn) != 2 * round + thread) continue;
            atomic_store(&turn, 2 * round + thread + 1);
        }
        if (thread == 0) took = omp_get_wtime() - start;
    }
    printf("handover\t%.0f ns\n", took / (2 * ROUNDS) * 1e9);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "handover")) return handover();
    if (argc == 2 && !strcmp(argv[1], "depthwise")) return depthwise();
    if (argc == 3 && !strcmp(argv[1], "chain")) return chain(atoi(argv[2]));
    if (argc == 3 && !strcmp(argv[1], "stream")) return stream(atof(argv[2]));
    if (argc == 3 && !strcmp(argv[1], "model")) return model(argv[2]);
    if (argc >= 3 && !strcmp(argv[1], "links")) return links(argv[2], argc > 3 ? atoll(argv[3]) : 16);
    if (argc != 2 || strcmp(argv[1], "peak") != 0) return 2;
    printf("fma\t%.0f GFLOP/s\nbf16\t%.0f GFLOP/s\ncopy\t%.1f GB/s\ncrc\t%.1f GB/s\n",
           tv_machine_flops() / 1e9, tv_machine_flops_bf16() / 1e9, tv_machine_bandwidth() / 2e9, crc_peak());
    return 0;
}
