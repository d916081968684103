/* core/history.c - provenance: {"program","version","options":[...],"inputs":[{"name","crc","history"?}]}. */
#include "core/history.h"
#include "core/cmd.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/str.h"
#include <stdlib.h>
#include <string.h>

/* An element of "inputs". */
struct input {
    int turn;
    char *json;
};

static struct {
    struct tv_str options; /* the elements of the array */
    struct input *input;   /* [inputs] by turns */
    size_t inputs, cap;
    int turns; /* given away */
} run;

void tv_history_option(const char *canonical)
{
    if (run.options.len) tv_str_add(&run.options, ",");
    tv_str_json(&run.options, canonical);
}

int tv_history_turn(void) { return run.turns++; }

void tv_history_stream(int turn, const char *name, uint32_t crc, const char *history)
{
    struct tv_str b = {0};
    tv_str_add(&b, "{\"name\":");
    tv_str_json(&b, name);
    tv_str_add(&b, ",\"crc\":\"%08x\"", (unsigned)crc);
    if (history) {
        tv_str_add(&b, ",\"history\":");
        tv_str_put(&b, history, strlen(history)); /* JSON already */
    }
    tv_str_add(&b, "}");
    run.input = tv_grow(run.input, &run.cap, run.inputs + 1, sizeof *run.input);
    size_t at = run.inputs++;
    for (; at && run.input[at - 1].turn > turn; at--) run.input[at] = run.input[at - 1];
    run.input[at] = (struct input){turn, b.s};
}

void tv_history_file(const char *path, uint32_t crc)
{
    tv_history_stream(tv_history_turn(), tv_basename(path), crc, NULL);
}

char *tv_history_json_new(void)
{
    struct tv_str b = {0};
    tv_str_add(&b, "{\"program\":");
    tv_str_json(&b, tv_program);
    tv_str_add(&b, ",\"version\":\"%s\",\"options\":[", TV_VERSION);
    tv_str_put(&b, run.options.s ? run.options.s : "", run.options.len);
    tv_str_add(&b, "],\"inputs\":[");
    for (size_t i = 0; i < run.inputs; i++) tv_str_add(&b, "%s%s", i ? "," : "", run.input[i].json);
    tv_str_add(&b, "]}");
    return b.s;
}

/* ---- the tree ---- */

static void add_program(struct tv_str *b, struct tv_str *indent, const struct tv_json *run);

/* "└─ name crc", and below it the program that made it. */
static void add_input(struct tv_str *b, struct tv_str *indent, const struct tv_json *input, bool last)
{
    size_t outer = indent->len;
    tv_str_add(b, "%s%s %s %s\n", indent->s, last ? "└─" : "├─", tv_json_text(input, "name"),
               tv_json_text(input, "crc"));
    const struct tv_json *made_by = tv_json_get(input, "history");
    tv_str_add(indent, "%s", last ? "   " : "│  ");
    if (made_by) {
        tv_str_add(b, "%s└─ ", indent->s);
        tv_str_add(indent, "   ");
        add_program(b, indent, made_by);
    }
    indent->s[indent->len = outer] = 0;
}

static void add_program(struct tv_str *b, struct tv_str *indent, const struct tv_json *run)
{
    const struct tv_json *options = tv_json_get(run, "options"), *inputs = tv_json_get(run, "inputs");
    tv_str_add(b, "%s %s", tv_json_text(run, "program"), tv_json_text(run, "version"));
    for (size_t i = 0; options && i < options->n; i++)
        if (options->at[i].type == TV_JSON_STRING) tv_str_add(b, " %s", options->at[i].text);
    tv_str_add(b, "\n");
    for (size_t i = 0; inputs && i < inputs->n; i++) add_input(b, indent, &inputs->at[i], i + 1 == inputs->n);
}

void tv_history_tree(struct tv_str *b, const char *json)
{
    struct tv_json *run = tv_json_parse_new(json);
    struct tv_str indent = {0};
    tv_str_put(&indent, "", 0);
    if (run) add_program(b, &indent, run);
    tv_str_release(&indent);
    tv_json_free(run);
}
