/* JPEG through libjpeg: grey, RGB, YCbCr, CMYK and YCCK, baseline and progressive. */
#include <stdio.h> /* jpeglib.h needs it */
#include <jpeglib.h>
#include <jerror.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "data/codec.h"

/* A block of 8x8 samples takes at least about a bit: an image of more pixels a byte is no image, and nothing
 * is allocated for it (generous, for arithmetic coding). */
#define PIXELS_PER_BYTE 4096

/* A progressive file of so many scans is made to keep the decoder busy. */
#define SCANS_MAX 500

struct decoder {
    struct jpeg_error_mgr err; /* first: libjpeg hands back a pointer to it */
    struct jpeg_progress_mgr progress;
    jmp_buf jump;
    const char *message;
    uint8_t *row; /* one row of CMYK */
};

static void fail(j_common_ptr cinfo)
{
    struct decoder *d = (struct decoder *)cinfo->err;
    char text[JMSG_LENGTH_MAX];
    cinfo->err->format_message(cinfo, text);
    d->message = tv_msg("JPEG: %s", text);
    longjmp(d->jump, 1);
}

/* libjpeg goes on with grey after damage and calls it a warning; here it is an error, but for what harms no
 * pixel. */
static void on_message(j_common_ptr cinfo, int level)
{
    switch (cinfo->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_TOO_MUCH_DATA: return;
    default:
        if (level < 0) fail(cinfo);
    }
}

static void on_progress(j_common_ptr cinfo)
{
    struct decoder *d = (struct decoder *)cinfo->err;
    if (((j_decompress_ptr)cinfo)->input_scan_number <= SCANS_MAX) return;
    d->message = tv_msg("JPEG: more than %d scans", SCANS_MAX);
    longjmp(d->jump, 1);
}

/* Adobe's CMYK is stored inverted: v = 255 - ink. */
static void cmyk_to_rgb(uint8_t *rgb, const uint8_t *cmyk, int64_t w)
{
    for (int64_t x = 0; x < w; x++)
        for (int k = 0; k < 3; k++) {
            uint32_t v = (uint32_t)cmyk[4 * x + k] * cmyk[4 * x + 3] + 128;
            rgb[3 * x + k] = (uint8_t)((v + (v >> 8)) >> 8);
        }
}

static int orientation_of(const struct jpeg_decompress_struct *cinfo)
{
    for (jpeg_saved_marker_ptr m = cinfo->marker_list; m; m = m->next) {
        int o = m->marker == JPEG_APP0 + 1 ? tv_exif_orientation(m->data, m->data_length) : 1;
        if (o != 1) return o;
    }
    return 1;
}

static const char *read_image(struct jpeg_decompress_struct *cinfo, struct decoder *d, struct tv_image *im,
                              size_t n)
{
    jpeg_save_markers(cinfo, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(cinfo, TRUE);
    int64_t w = cinfo->image_width, h = cinfo->image_height, c = cinfo->num_components == 1 ? 1 : 3;
    if (w * h / PIXELS_PER_BYTE > (int64_t)n)
        return tv_msg("JPEG: %lldx%lld pixels in %zu bytes: truncated or damaged", (long long)w, (long long)h,
                      n);
    bool cmyk = cinfo->num_components == 4;
    cinfo->out_color_space = c == 1 ? JCS_GRAYSCALE : cmyk ? JCS_CMYK : JCS_RGB;
    cinfo->dct_method = JDCT_ISLOW;
    const char *msg = tv_image_resize_buffer(im, h, w, c);
    if (msg) return msg;
    jpeg_start_decompress(cinfo);
    if (cmyk) d->row = tv_alloc((size_t)w, 4);
    while (cinfo->output_scanline < cinfo->output_height) {
        uint8_t *to = im->px + cinfo->output_scanline * w * c;
        JSAMPROW row = cmyk ? d->row : to;
        jpeg_read_scanlines(cinfo, &row, 1);
        if (cmyk) cmyk_to_rgb(to, d->row, w);
    }
    int orientation = orientation_of(cinfo);
    jpeg_finish_decompress(cinfo);
    return tv_image_orient(im, orientation);
}

const char *tv_jpeg_decode(struct tv_image *im, const uint8_t *bytes, size_t n)
{
    struct jpeg_decompress_struct cinfo;
    struct decoder d = {0};
    cinfo.err = jpeg_std_error(&d.err);
    d.err.error_exit = fail;
    d.err.emit_message = on_message;
    if (!setjmp(d.jump)) {
        jpeg_create_decompress(&cinfo);
        d.progress.progress_monitor = on_progress;
        cinfo.progress = &d.progress;
        jpeg_mem_src(&cinfo, bytes, (unsigned long)n);
        d.message = read_image(&cinfo, &d, im, n);
    }
    jpeg_destroy_decompress(&cinfo);
    free(d.row);
    return d.message;
}
