/* nn/field.h - receptive fields: which part of the image an element of a map can see.
 *
 *     rows    start[0] + y step[0]  ..  + size[0] - 1      columns    start[1] + x step[1]  ..  + size[1] - 1
 *
 * A window of kernel k, stride s, dilation d and padding p over a map of field (start, size, step) gives
 * start - p step, size + (k - 1) d step, step s (Araujo, Norris and Sim, Distill 2019).  Fields may reach
 * beyond the image. Where inputs meet, the field is the smallest that covers all of them.
 */
#ifndef TV_NN_FIELD_H
#define TV_NN_FIELD_H
#include "nn/graph.h"

struct tv_field {
    bool whole; /* anything: the other members do not count */
    int64_t start[2], size[2], step[2];
};
/* Fields of all values, [n_values], for the planned graph. */
void tv_graph_fields(const struct tv_graph *g, struct tv_field *field);

#endif
