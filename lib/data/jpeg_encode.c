/* JPEG through libjpeg: an encoder for thumbnails, without subsampling of the colours. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include "core/err.h"
#include "core/mem.h"
#include "data/image.h"

#include <jpeglib.h>

struct failure {
    struct jpeg_error_mgr manager;
    jmp_buf back;
    char text[JMSG_LENGTH_MAX];
};

static void on_error(j_common_ptr info)
{
    struct failure *f = (struct failure *)info->err;
    f->manager.format_message(info, f->text);
    longjmp(f->back, 1);
}

static void compress(struct jpeg_compress_struct *c, const uint8_t *rgb, int64_t h, int64_t w, int quality)
{
    c->image_width = (JDIMENSION)w;
    c->image_height = (JDIMENSION)h;
    c->input_components = 3;
    c->in_color_space = JCS_RGB;
    jpeg_set_defaults(c);
    jpeg_set_quality(c, quality, TRUE);
    c->comp_info[0].h_samp_factor = c->comp_info[0].v_samp_factor = 1;
    c->optimize_coding = TRUE;
    jpeg_start_compress(c, TRUE);
    while (c->next_scanline < c->image_height) {
        JSAMPROW row = (JSAMPROW)(rgb + 3 * (int64_t)c->next_scanline * w);
        jpeg_write_scanlines(c, &row, 1);
    }
    jpeg_finish_compress(c);
}

const char *tv_jpeg_encode(const uint8_t *rgb, int64_t h, int64_t w, int quality, void **bytes, size_t *n)
{
    struct jpeg_compress_struct c;
    struct failure f;
    struct output {
        unsigned char *at;
        unsigned long size;
    } *out = TV_NEW(struct output); /* on the heap: its values hold after a longjmp */
    const char *error = NULL;
    c.err = jpeg_std_error(&f.manager);
    f.manager.error_exit = on_error;
    jpeg_create_compress(&c);
    if (setjmp(f.back)) {
        error = tv_msg("JPEG: %s", f.text);
        free(out->at);
        out->at = NULL;
        out->size = 0;
    } else {
        jpeg_mem_dest(&c, &out->at, &out->size);
        compress(&c, rgb, h, w, quality);
    }
    jpeg_destroy_compress(&c);
    *bytes = out->at;
    *n = out->size;
    free(out);
    return error;
}
