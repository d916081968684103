/* core/history.c - provenance: {"program","version","options":[...],"inputs":[{"name","crc","history"?}]}. */
#include "core/history.h"
#include "core/cmd.h"
#include "core/mem.h"
#include "core/str.h"
#include <stdlib.h>
#include <string.h>

static struct {
    struct tv_str options, inputs; /* the elements of the two arrays */
} run;

void tv_history_option(const char *canonical)
{
    if (run.options.len) tv_str_add(&run.options, ",");
    tv_str_json(&run.options, canonical);
}

void tv_history_stream(const char *name, uint32_t crc, const char *history)
{
    if (run.inputs.len) tv_str_add(&run.inputs, ",");
    tv_str_add(&run.inputs, "{\"name\":");
    tv_str_json(&run.inputs, name);
    tv_str_add(&run.inputs, ",\"crc\":\"%08x\"", (unsigned)crc);
    if (history) {
        tv_str_add(&run.inputs, ",\"history\":");
        tv_str_put(&run.inputs, history, strlen(history)); /* JSON already */
    }
    tv_str_add(&run.inputs, "}");
}

void tv_history_file(const char *path, uint32_t crc) { tv_history_stream(tv_basename(path), crc, NULL); }

char *tv_history_json_new(void)
{
    struct tv_str b = {0};
    tv_str_add(&b, "{\"program\":");
    tv_str_json(&b, tv_program);
    tv_str_add(&b, ",\"version\":\"%s\",\"options\":[", TV_VERSION);
    tv_str_put(&b, run.options.s ? run.options.s : "", run.options.len);
    tv_str_add(&b, "],\"inputs\":[");
    tv_str_put(&b, run.inputs.s ? run.inputs.s : "", run.inputs.len);
    tv_str_add(&b, "]}");
    return b.s;
}
