#include "num/softmax.h"
#include <math.h>

void tv_softmax(float *p, const float *z, int64_t rows, int64_t classes)
{
    for (int64_t i = 0; i < rows; i++, p += classes, z += classes) {
        float top = z[0];
        double sum = 0;
        for (int64_t j = 1; j < classes; j++) top = z[j] > top ? z[j] : top;
        for (int64_t j = 0; j < classes; j++) sum += exp((double)z[j] - top);
        for (int64_t j = 0; j < classes; j++) p[j] = (float)(exp((double)z[j] - top) / sum);
    }
}

void tv_argmax(int32_t *index, const float *z, int64_t rows, int64_t classes)
{
    for (int64_t i = 0; i < rows; i++, z += classes) {
        int64_t best = 0;
        for (int64_t j = 1; j < classes; j++)
            if (z[j] > z[best]) best = j;
        index[i] = (int32_t)best;
    }
}
