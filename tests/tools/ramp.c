/* ramp DIM... - a .npy of f32 on stdout: element i of n is i/n, what ONNX's runner feeds its light models. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    char shape[256] = "", header[512];
    long n = 1;
    for (int i = 1, at = 0; i < argc; i++) {
        n *= atol(argv[i]);
        at += snprintf(shape + at, sizeof shape - (size_t)at, "%s, ", argv[i]);
    }
    int length =
        snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", shape);
    int padded = (10 + length + 64) / 64 * 64 - 10;
    printf("\223NUMPY%c%c%c%c%-*s\n", 1, 0, padded & 255, padded >> 8, padded - 1, header);
    for (long i = 0; i < n; i++) {
        float v = (float)((double)i / (double)n);
        fwrite(&v, sizeof v, 1, stdout);
    }
    return fflush(stdout) != 0;
}
