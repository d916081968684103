/* nn/exec.h - running a planned graph: forward, and multipliers backward over the intervals between rows.
 *
 * Rows are `points` blocks of `images` rows each, point-major:  row = point * images + image.  A forward pass
 * treats them all alike.  Backward goes over the intervals [p, p+1]: the values at their starts and ends are
 * then two overlapping views of the same buffers, `offset` = images rows apart; offset 0 gives gradients
 * (training, left rule).
 */
#ifndef TV_NN_EXEC_H
#define TV_NN_EXEC_H
#include "nn/arena.h"
#include "nn/graph.h"
#include "nn/op.h"
#include "nn/profile.h"

struct tv_block { /* a piece of the arena, in bytes */
    float *data;
    int64_t size;
};

/* A value without rows of its own: those of a value that is kept, between limits, are read in its place. */
struct tv_clipped {
    int of; /* -1: it has rows */
    struct tv_limits limits;
};

/* How the rows of a forward pass along a path follow each other. */
struct tv_steps {
    int64_t points;      /* runs of equally many rows */
    int64_t first;       /* point of the path; not 0: the last one of the pass before */
    bool alike;          /* the rows of the first point are all one, the same in every pass that says so */
    bool more;           /* a pass that goes on follows */
    bool ends;           /* the points are the path's first and last, ahead of several passes: see below */
    const double *alpha; /* of all points of the path */
    int64_t last;        /* point of the path */
};

/* Rows that a chain of nodes works on, of those of the pass; no rows: all of them. */
struct tv_piece {
    int64_t first, rows;
};

/* A node that works in place, as bits. */
enum tv_in_place {
    TV_IN_PLACE_FORWARD = 1, /* output 0 takes the block of input 0, which nobody else reads; backward is
                              * given the output for it */
    TV_IN_PLACE_BACKWARD = 2 /* the multipliers of input 0 take the block of output 0's */
};

struct tv_exec {
    struct tv_graph *g;
    float **data;               /* per value: its rows; NULL before it is computed or after it is dropped */
    bool *keep;                 /* per value: not dropped when its last reader has run */
    bool *spend;                /* per value: backward drops its rows once no node before it reads them */
    unsigned char *in_place;    /* per node: enum tv_in_place */
    struct tv_clipped *clipped; /* per value */
    float **m;                  /* per value: multipliers during backward */
    int64_t *size, *m_size;     /* per value: bytes behind data[] and m[] */
    bool chained;               /* operators that keep rows apart run in chains, a few rows at a time; not
                                 * for those that work in place */
    int64_t piece_bytes;        /* of the rows in work, input and output of a node; 0: by the caches */
    struct tv_piece piece;      /* the rows in work */
    bool *inner, *m_inner;      /* per value: its rows, its multipliers have room for a piece only */
    bool *open;                 /* per value: its multipliers of the piece are still to be written */
    struct tv_arena *arena;     /* where all rows and multipliers lie */
    bool borrowed;              /* the arena is another's */
    int64_t bytes;              /* of what lies elsewhere */
    bool low;                   /* backward multiplies in bfloat16 where operators can */
    float **first;              /* per value: its row where all are alike, found once; NULL: not yet */
    struct tv_block *last;      /* per value: its rows at the last point of a pass with `more` */
    struct tv_block *way_in, *way_out; /* the same: from the path's beginning to its end, of its node's first
                                        * input and of itself */
    struct tv_profile *profile;        /* where times are added up; NULL: nowhere.  Borrowed. */
    bool dry; /* nothing is computed and the arena has no memory: tv_exec_bytes tells what a run would take */
};
void tv_exec_init(struct tv_exec *e, struct tv_graph *g);
/* To find out what a run takes. */
void tv_exec_init_dry(struct tv_exec *e, struct tv_graph *g);
void tv_exec_release(struct tv_exec *e);
/* Room for so many bytes of values and multipliers in one piece, while there are none. */
void tv_exec_reserve(struct tv_exec *e, int64_t bytes);
/* Bytes of values and multipliers: the most that were there at a time. */
int64_t tv_exec_bytes(const struct tv_exec *e);
/* For two networks that run in turns: e, which holds nothing yet, uses the memory of `owner`, which is
 * released after it. */
void tv_exec_share(struct tv_exec *e, const struct tv_exec *owner);
/* Drops all data and multipliers; keeps the flags and the memory. */
void tv_exec_clear(struct tv_exec *e);

/* Room for the rows of a value under the present plan, uninitialised; owned by e. */
float *tv_exec_set(struct tv_exec *e, int value);
void tv_exec_drop(struct tv_exec *e, int value);
/* A value's rows leave e, or come to it from an executor with the same memory. */
struct tv_block tv_exec_take_out(struct tv_exec *e, int value);
void tv_exec_put_in(struct tv_exec *e, int value, struct tv_block rows);
/* Gives back what was taken out. */
void tv_exec_give_back(struct tv_exec *e, struct tv_block rows);
/* Computes the values in `want` from those already set, dropping what no later node reads and `keep` does not
 * hold. The graph is planned for the rows that are set. */
void tv_exec_forward(struct tv_exec *e, const int *want, int n_want);

/* The same for points of a path: a first point that is alike for all rows is computed once, and with `low`
 * operators go by differences in bfloat16 where they can (nn/op.h, struct tv_op_pairs).  Where a path takes
 * several passes, these need one with its ends before them, which keeps the ways from the one to the other. */
void tv_exec_forward_steps(struct tv_exec *e, const int *want, int n_want, const struct tv_steps *steps);

/* Bytes that values may take when the whole process is to stay below `mem` and `coming` bytes are still to be
 * allocated beside them; 512 MiB when mem is 0.  Not positive: it cannot be done. */
int64_t tv_exec_budget(uint64_t mem, int64_t coming);
/* Bytes of the packed weights that forward, and with `back` backward, will make on first use; `low`: in bfloat16, and
 * in f32 for the ends of paths. */
int64_t tv_exec_packed_bytes(const struct tv_graph *g, bool back, bool low);

/* ---- backward ---- */

/* Who wants multipliers. */
struct tv_exec_sink {
    /* Called with n of a wanted value's multipliers, from element `first` of its rows on, when they are
     * complete; they are dropped after it returns. */
    void (*take)(void *user, int value, const float *m, int64_t first, int64_t n);
    /* May be NULL.  With rows of points: where, per row of a point, the conductances (h1 - h0) m of a value
     * that is kept add up; NULL for one of which `take` wants to know. */
    float *(*sum)(void *user, int value);
    void *user;
};
/* How intervals lie in the rows: row r starts at forward row r and ends at r + offset. */
struct tv_intervals {
    int64_t offset;
    int64_t first;  /* interval of the path that the rows begin with */
    int64_t images; /* > 0: rows of a point; `take` is then called by many threads, with elements of one point
                     * each, and with the same elements of successive points in their order.
                     * 0: with all rows at once */
};
/* Carries multipliers from `from` (e->m[from], set with tv_exec_seed for the intervals' rows) back to the values
 * in `want`.  The graph is planned for these rows. */
void tv_exec_backward(struct tv_exec *e, int from, struct tv_intervals intervals, const int *want, int n_want,
                      const struct tv_exec_sink *sink);
/* Room for the multipliers of a value under the present plan, zeroed. */
float *tv_exec_seed(struct tv_exec *e, int value);
/* Marks in `mask` [n_values] the values that lie between any of `want` and `from`: what backward goes
 * through. */
void tv_exec_between(const struct tv_graph *g, int from, const int *want, int n_want, bool *mask);

#endif
