/* nn/exec_internal.h - what the parts of the executor share: memory and views of values (exec.c), chains
 * (exec_chain.c), passes (exec_forward.c, exec_backward.c). */
#ifndef TV_NN_EXEC_INTERNAL_H
#define TV_NN_EXEC_INTERNAL_H
#include "nn/exec.h"
#include "nn/op.h"

static inline int64_t tv_exec_value_bytes(const struct tv_value *v)
{
    return tv_value_count(v) * (int64_t)tv_dtype_size(v->dtype);
}

/* Memory of the arena. */
struct tv_block tv_exec_take(struct tv_exec *e, int64_t bytes);
void tv_exec_give(struct tv_exec *e, float *data, int64_t size);
/* Room for a value's rows, or for those of the piece where it is inner: data[value], size[value]. */
float *tv_exec_room(struct tv_exec *e, int value, float **data, int64_t *size);
void tv_exec_drop_multipliers(struct tv_exec *e, int value);

/* Rows [first, first + rows) of a view. */
struct tv_view tv_exec_some_rows(const struct tv_view *v, int64_t first, int64_t rows);
/* A value's rows of the piece, from `first` of the pass on, on data or multipliers that were given room; all
 * of it outside of chains and where it does not vary. */
struct tv_view tv_exec_piece_of(const struct tv_exec *e, int value, void *data, int64_t first);
/* The same of its data; constants as they are. */
struct tv_view tv_exec_data_view(const struct tv_exec *e, int value, int64_t first);
/* Rows that operators work on now. */
int64_t tv_exec_rows(const struct tv_exec *e);

/* Does the operator multiply in bfloat16 here? */
bool tv_exec_serves_pairs(const struct tv_exec *e, const struct tv_node *n, const struct tv_view *out,
                          const struct tv_view *in);
/* The same before there are rows, by the shapes of the present plan. */
bool tv_exec_can_pairs(const struct tv_exec *e, const struct tv_node *n);
bool tv_exec_works(const struct tv_exec *e, const struct tv_node *n, enum tv_in_place how);
double tv_exec_profile_start(const struct tv_exec *e);
void tv_exec_profile_add(const struct tv_exec *e, enum tv_pass pass, const struct tv_node *n,
                         int64_t f32_rows, int64_t bf16_rows, double start);

/* ---- chains (exec_chain.c) ----
 *
 * Neighbouring nodes whose operators keep rows apart run together on one piece of the rows after the other, so
 * that each finds in a cache what the one before it wrote.  What nobody else reads has room for a piece only.
 */
enum tv_exec_part {
    TV_EXEC_IDLE,  /* the node has nothing to do */
    TV_EXEC_ALONE, /* it runs by itself */
    TV_EXEC_CHAIN, /* it may be part of a chain */
};
struct tv_chain {
    int first, end; /* nodes */
    int64_t rows;   /* of a piece */
};
/* Does the node compute each row of its output, and its multipliers, from that row of its inputs? */
bool tv_exec_keeps_rows_apart(const struct tv_exec *e, const struct tv_node *n);
/* The longest chain from node k on (step 1), or that ends with it (step -1); `part` [n_nodes].  One node
 * where that is no part of a chain. */
struct tv_chain tv_exec_chain(const struct tv_exec *e, const enum tv_exec_part *part, int k, int step);

#endif
