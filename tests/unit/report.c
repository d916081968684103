/* The report's data: JSON members, base64, typed arrays; sheets of thumbnails that fit. */
#include "check.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/json.h"
#include "data/image.h"
#include "report/object.h"

static const char *base64(const char *s)
{
    static struct tv_str b;
    b.len = 0;
    tv_base64(&b, s, strlen(s));
    return b.len ? b.s : "";
}

/* The examples of RFC 4648, section 10. */
static void test_base64(void)
{
    CHECK(!strcmp(base64(""), ""));
    CHECK(!strcmp(base64("f"), "Zg=="));
    CHECK(!strcmp(base64("fo"), "Zm8="));
    CHECK(!strcmp(base64("foo"), "Zm9v"));
    CHECK(!strcmp(base64("foobar"), "Zm9vYmFy"));
}

static void test_object(void)
{
    struct tv_str b = {0};
    tv_object_open(&b, NULL, '{');
    tv_object_number(&b, "a", 0.25);
    tv_object_number(&b, "none", NAN);
    tv_object_text(&b, "text", "ends in [");
    tv_object_text(&b, "null", NULL);
    tv_object_list(&b, "list", (double[]){1, INFINITY, 0.123456}, 3, 3);
    tv_object_indices(&b, "empty", NULL, 0);
    tv_object_i16(&b, "short", (int16_t[]){1, -1}, 2);
    tv_object_f32(&b, "float", (double[]){1}, 1);
    tv_object_close(&b, '}');
    CHECK(!strcmp(b.s,
                  "{\"a\":0.25,\"none\":null,\"text\":\"ends in [\",\"null\":null,\"list\":[1,null,0.123],"
                  "\"empty\":[],\"short\":{\"i16\":\"AQD//w==\"},\"float\":{\"f32\":\"AACAPw==\"}}"));
    CHECK(tv_json_valid(b.s));
    tv_str_release(&b);
}

/* What is encoded is decoded to nearly the same pixels; the better the quality the nearer. */
static void test_jpeg(void)
{
    enum { W = 24, H = 16 };
    uint8_t rgb[H][W][3];
    double error[2] = {0, 0};
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            for (int c = 0; c < 3; c++)
                rgb[y][x][c] = (uint8_t)(10 * x + 5 * y * (c == 1) + (c == 2 ? 40 : 0));
    for (int k = 0; k < 2; k++) {
        void *bytes;
        size_t n;
        struct tv_image im = {0};
        CHECK(tv_jpeg_encode(&rgb[0][0][0], H, W, k ? 95 : 20, &bytes, &n) == NULL);
        CHECK(tv_image_decode(&im, bytes, n) == NULL);
        CHECK(im.h == H && im.w == W && im.c == 3);
        for (int i = 0; i < H * W * 3; i++)
            error[k] += abs(im.px[i] - (&rgb[0][0][0])[i]) / (double)(H * W * 3);
        tv_image_release(&im);
        free(bytes);
    }
    CHECK(error[1] < 2);
    CHECK(error[0] > error[1]);
}

int main(void)
{
    test_base64();
    test_object();
    test_jpeg();
    return check_done();
}
