/* Joined streams: a key may stand between the rows of a tensor, whose number is not declared. */
#include "check.h"
#include "core/cmd.h"
#include "core/format.h"
#include "core/join.h"
#include "scratch.h"

static void put_record(struct tv_str *s, struct tv_format_header h, const void *payload, size_t n)
{
    static const uint8_t zeros[TV_FORMAT_UNIT];
    uint8_t head[TV_FORMAT_UNIT];
    size_t padding = tv_format_padding(n);
    h.stored = h.raw = n;
    h.crc = tv_crc(tv_crc(0, payload, n), zeros, padding);
    tv_format_encode(head, &h);
    tv_str_put(s, head, sizeof head);
    tv_str_put(s, payload, n);
    tv_str_put(s, zeros, padding);
}

/* TENS t [-1] | ROWS 1 2 | META note | ROWS 3 | END */
static void make_stream(const char *path)
{
    static const uint8_t declaration[] = {1,    0,    0,    0,    't',  12,   0,    0,    0, 1, 0, 0, 0,
                                          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0};
    struct tv_str s = {0};
    uint8_t head[TV_FORMAT_UNIT];
    tv_format_magic(head);
    tv_str_put(&s, head, sizeof head);
    put_record(&s, (struct tv_format_header){.kind = TV_FORMAT_TENSOR}, declaration, sizeof declaration);
    put_record(&s, (struct tv_format_header){.kind = TV_FORMAT_ROWS, .rows = 2}, (float[]){1, 2}, 8);
    put_record(&s, (struct tv_format_header){.kind = TV_FORMAT_META}, "note\0between", 12);
    put_record(&s, (struct tv_format_header){.kind = TV_FORMAT_ROWS, .row0 = 2, .rows = 1}, (float[]){3}, 4);
    uint32_t chain = 0;
    for (size_t at = TV_FORMAT_UNIT; at < s.len; at += 2 * TV_FORMAT_UNIT)
        chain = tv_format_chain(chain, (uint8_t *)s.s + at);
    put_record(&s, (struct tv_format_header){.kind = TV_FORMAT_END, .id = chain, .rows = 4}, "", 0);
    tv_file_write(path, s.s, s.len);
    tv_str_release(&s);
}

int main(void)
{
    const char *part = scratch("part.tv"), *whole = scratch("whole.tv");
    make_stream(part);
    struct tv_reader *in[] = {tv_reader_open(part), tv_reader_open(part)};
    struct tv_writer *w = tv_writer_open(whole);
    const char *wrong = tv_join(in, 2, false, w);
    CHECK(!wrong);
    tv_writer_close(w);
    for (int i = 0; i < 2; i++) tv_reader_close(in[i]);
    struct tv_set set = {0};
    tv_set_read(&set, whole, NULL);
    const float want[] = {1, 2, 3, 1, 2, 3};
    CHECK(set.n == 1 && tv_tensor_count(set.at[0]) == 6 && !memcmp(set.at[0]->data, want, sizeof want));
    const char *note = tv_attrs_get(&set.meta, "note");
    CHECK(note && !strcmp(note, "between"));
    tv_set_release(&set);
    return check_done();
}
