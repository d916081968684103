/* save.c - writing images, see save.h. */
#include "save.h"
#include "core/cmd.h"
#include "core/mem.h"
#include "core/str.h"
#include <cairo/cairo.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

/* An IDX file of bytes: two zeros, type 8, rank, big-endian dimensions, data. */
static void write_idx(char *path, int rank, const int64_t *dim, const uint8_t *bytes)
{
    uint8_t head[4 + 4 * 4] = {0, 0, 8, (uint8_t)rank};
    size_t n = 1;
    for (int i = 0; i < rank; i++) {
        for (int b = 0; b < 4; b++) head[4 + 4 * i + b] = (uint8_t)(dim[i] >> (24 - 8 * b));
        n *= (size_t)dim[i];
    }
    char *temp = tv_file_temp_new(path);
    gzFile f = gzopen(temp, "wb9");
    if (!f) tv_die_errno("%s", path);
    unsigned head_size = 4 + 4 * (unsigned)rank;
    if (gzwrite(f, head, head_size) != (int)head_size || gzfwrite(bytes, 1, n, f) != n || gzclose(f) != Z_OK)
        tv_die(TV_SYSTEM, "%s: cannot be written", path);
    tv_file_commit(temp, path);
    free(path);
}

void save_idx(const struct images *im, const char *out)
{
    const int64_t dim[] = {im->n, im->size, im->size, im->channels};
    int rank = im->channels == 1 ? 3 : 4;
    write_idx(tv_format_new("%s-images-idx%d-ubyte.gz", out, rank), rank, dim, im->pixels);
    write_idx(tv_format_new("%s-labels-idx1-ubyte.gz", out), 1, dim, im->label);
}

static uint32_t rgb24(const uint8_t *p, int channels)
{
    uint32_t red = p[0], green = channels == 1 ? p[0] : p[1], blue = channels == 1 ? p[0] : p[2];
    return red << 16 | green << 8 | blue;
}

/* Image i into the surface with its corner at (x, y). */
static void paste(cairo_surface_t *s, const struct images *im, int64_t i, int64_t x, int64_t y)
{
    int stride = cairo_image_surface_get_stride(s);
    const uint8_t *p = im->pixels + i * im->size * im->size * im->channels;
    for (int v = 0; v < im->size; v++)
        for (int u = 0; u < im->size; u++, p += im->channels) {
            uint32_t pixel = rgb24(p, im->channels);
            memcpy(cairo_image_surface_get_data(s) + (y + v) * stride + (x + u) * 4, &pixel, 4);
        }
}

static void write_png(cairo_surface_t *s, const char *path)
{
    char *temp = tv_file_temp_new(path);
    cairo_surface_mark_dirty(s);
    cairo_status_t status = cairo_surface_write_to_png(s, temp);
    if (status) tv_die(TV_SYSTEM, "%s: %s", path, cairo_status_to_string(status));
    tv_file_commit(temp, path);
    cairo_surface_destroy(s);
}

static void make_directory(const char *path)
{
    if (mkdir(path, 0777) && errno != EEXIST) tv_die_errno("%s", path);
}

void save_folder(const struct images *im, const char *out)
{
    make_directory(out);
    for (int64_t i = 0; i < im->n; i++) {
        char *folder = tv_format_new("%s/%d", out, im->label[i]);
        char *path = tv_format_new("%s/%04lld.png", folder, (long long)i);
        make_directory(folder);
        cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, im->size, im->size);
        paste(s, im, i, 0, 0);
        write_png(s, path);
        free(path);
        free(folder);
    }
}

void save_sheet(const struct images *im, const char *out)
{
    enum { COLUMNS = 20 };
    int64_t rows = (im->n + COLUMNS - 1) / COLUMNS;
    cairo_surface_t *s =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, COLUMNS * im->size, (int)rows * im->size);
    if (cairo_surface_status(s)) tv_die(TV_USAGE, "%s: too many images for a sheet", out);
    for (int64_t i = 0; i < im->n; i++) paste(s, im, i, i % COLUMNS * im->size, i / COLUMNS * im->size);
    write_png(s, out);
}
