/* nn/arch.h - named small architectures as new ONNX models, weights initialised from a seed.
 *
 *     lenet       LeCun et al. 1998, with ReLU and max-pooling
 *                 conv1 16 5x5 | pool | conv2 32 5x5 | pool | fc3 128 | fc4 K
 *     alexnet-s   slim AlexNet for 32x32
 *                 conv1 32 5x5 | pool | conv2 64 5x5 | pool | conv3 96, conv4 64, conv5 64 3x3 | pool |
 *                 fc6 256 | fc7 128 | fc8 K
 *     alexnet     torchvision's AlexNet (Krizhevsky 2014, "one weird trick") for 224x224; dropout 0.5
 *                 before fc6 and fc7
 *
 * Weights are normal with variance 2/fan_in (He et al. 2015), those of the last layer 1/fan_in; biases are
 * zero. Nodes and initialisers have the names that PyTorch's exporter gives, so that weights of the same
 * architecture trained there fit by name.
 */
#ifndef TV_NN_ARCH_H
#define TV_NN_ARCH_H
#include <stddef.h>
#include <stdint.h>

/* Names of the architectures, NULL-terminated. */
const char *const *tv_arch_names(void);
/* Is `name` one of them? */
int tv_arch_is(const char *name);
/* The model's bytes for images [c,h,w] and k classes: *bytes is a new buffer of *n.
 * NULL or a message: an image that is too small. */
const char *tv_arch_onnx_new(const char *name, int64_t c, int64_t h, int64_t w, int64_t k, uint64_t seed,
                             void **bytes, size_t *n);

#endif
