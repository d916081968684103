/* analysis/feed.h - a network fed by name, with fixed shapes and in its own types: tv-infer --input. */
#ifndef TV_ANALYSIS_FEED_H
#define TV_ANALYSIS_FEED_H
#include "core/opt.h"
#include "core/stream.h"

/* Loads `model`, feeds it the tensors of `inputs` and writes every graph output under its own name.
 * An input is NAME=FILE, or FILE for the graph's inputs in order; FILE is an ONNX .pb, .npy, or a stream of
 * one tensor.  NULL or a message. */
const char *tv_feed(const char *model, const struct tv_strings *inputs, struct tv_writer *w);

#endif
