/* nn/sweep.h - one sweep along the path gives the attributions of every layer (SPEC.md 6.1).
 *
 *     h_k = h(b + alpha_k (x - b)),  k = 0..n         forward, all points and images of a block at once
 *     m_k = multipliers of F over [alpha_k, alpha_k+1] backward (nn/op.h), all intervals at once
 *     conductance = sum_k (h_k+1 - h_k) m_k           at every chosen value on the way
 *
 * Values that are affine in the input (the first convolution's output) are computed for b and x only and
 * interpolated; nothing goes back through them unless the input itself is asked for.  Memory is bounded:
 * images and, when one image does not fit, runs of intervals are taken in blocks; sums over intervals go on
 * in order from block to block, so the result does not depend on the blocks, to the bit.
 */
#ifndef TV_NN_SWEEP_H
#define TV_NN_SWEEP_H
#include "nn/exec.h"
#include "nn/path.h"

enum tv_method {
    TV_CONDUCTANCE,           /* sum_k (h_k+1 - h_k) m_k */
    TV_ACTIVATION,            /* h(x) */
    TV_GRADIENT,              /* dF/dh at x */
    TV_GRADIENT_X_ACTIVATION, /* h(x) dF/dh */
    TV_INTERNAL_INFLUENCE,    /* sum_k (alpha_k+1 - alpha_k) m_k: the mean gradient along the path */
    TV_DEEPLIFT,              /* conductance with one secant interval: DeepLIFT's Rescale rule */
    TV_INTEGRATED_GRADIENTS,  /* conductance of the input itself */
};
enum tv_rule {
    TV_RULE_SECANT, /* multipliers between the ends of an interval: complete at every layer */
    TV_RULE_LEFT,   /* gradient at the left end, as Captum's LayerConductance */
};
enum tv_reduce {
    TV_REDUCE_MAX,
    TV_REDUCE_SUM,
    TV_REDUCE_MEAN,
    TV_REDUCE_NONE
}; /* over the positions of a channel */

enum tv_precision {
    TV_PRECISION_F32,
    TV_PRECISION_BF16 /* linear operators multiply in bfloat16, differences forward; sums and the rest in f32
                       */
};

struct tv_sweep_options {
    enum tv_method method;
    enum tv_rule rule;
    enum tv_grid grid;
    enum tv_reduce reduce;
    enum tv_precision precision;
    int steps;       /* n intervals */
    double exponent; /* of the power grid */
    double
        tol; /* > 0: n doubles until no image's attributions change by more, relatively (L1), at any layer */
    int max_steps;              /* where the doubling ends */
    uint64_t mem;               /* bytes that the process may take; 0: 512 MiB for values and multipliers */
    int64_t batch;              /* images a block; 0: as many as fit `mem`, up to 16 */
    struct tv_profile *profile; /* where times are added up; NULL: nowhere.  Borrowed. */
    const struct tv_graph
        *partner; /* a second network that is swept in turns with this one, and has to fit, too */
};

struct tv_sweep {
    struct tv_sweep_options o;
    struct tv_graph *g;
    struct tv_exec e;
    int logits, input; /* values */
    int *tap, n_taps;  /* values whose attributions are wanted, in graph order */
    bool *cut; /* per tap: every way from the input to the logits passes it: its attributions are complete */
    bool *affine;              /* per value: affine in the input, interpolated */
    int *frontier, n_frontier; /* affine values that something else reads, or that are tapped */
    bool *path;                /* per value: backward passes through it */
    int *again;                /* per value: the node that makes it again from its kept input; -1: kept */
    int64_t classes;
    int64_t bytes;        /* that a block takes */
    int64_t values;       /* of these, what the executor's values and multipliers take */
    int64_t images, rows; /* of a block: images, and rows (points x images) at a time */
    float *baseline;      /* one input row, in the layout of the input value */
    float **at_b, **at_x; /* frontier values at b [1 row] and at x [images] */
    float **sum;          /* per tap: [images][row] */
    double *alpha;
    struct tv_sweep *heir;  /* gets the values that its network computes alike; NULL: none */
    int *shared;            /* with an heir: per value of its network the equal one here, -1: none; owned */
    struct tv_block *given; /* of an heir: per value what it got for the next run; owned */
};

/* Results of a block.  attrib[t] is [images][tv_sweep_width(s, t)]; the caller provides all of them. */
struct tv_sweep_result {
    float **attrib;
    float *delta;    /* [images] sum of attributions - (F(x) - F(b)) of the cut where that is farthest from 0;
                        NaN without a cut among the taps */
    float *logit;    /* [images] F(x) */
    int32_t *target; /* [images] in: class, or -1: the predicted one; out: the class explained */
    int32_t *steps;  /* [images] intervals used, or NULL */
    int32_t *
        *peak; /* per tap [images][channels]: position (row-major) of a channel's largest value; or NULL */
};

/* `tap`: the values that are wanted, in graph order; TV_INTEGRATED_GRADIENTS takes the input instead.
 * `baseline`: one input row; both are copied.  NULL or a message. */
const char *tv_sweep_init(struct tv_sweep *s, struct tv_graph *g, const struct tv_sweep_options *o,
                          const int *tap, int n_taps, const float *baseline);
void tv_sweep_release(struct tv_sweep *s);
/* Channels of tap t. */
int64_t tv_sweep_channels(const struct tv_sweep *s, int t);
/* Numbers that tap t gives an image: channels, or all positions with TV_REDUCE_NONE (then in logical order).
 */
int64_t tv_sweep_width(const struct tv_sweep *s, int t);
/* Two networks on the same images, s first, then `heir`, block by block: what both compute alike
 * (nn/shared.h) is computed once.  Both were initialised with the same options but for `partner`; heir is
 * released first.  Their executors share memory (tv_exec_share).  NULL or a message. */
const char *tv_sweep_pair(struct tv_sweep *s, struct tv_sweep *heir);
/* Attributions of `images` <= s->images images x (rows of the input value, in its layout).  NULL or a
 * message. */
const char *tv_sweep_run(struct tv_sweep *s, int64_t images, const float *x, struct tv_sweep_result *r);

/* Room for the results of `images` images, all members; positions of the peaks where asked for. */
void tv_sweep_result_init(const struct tv_sweep *s, struct tv_sweep_result *r, int64_t images, bool peaks);
void tv_sweep_result_release(const struct tv_sweep *s, struct tv_sweep_result *r);

/* What a sweep will take, for --dry-run: bytes beside the network, multiply-adds an image. */
int64_t tv_sweep_bytes(const struct tv_sweep *s);
int64_t tv_sweep_macs(const struct tv_sweep *s);

#endif
