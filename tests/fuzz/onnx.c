/* tests/fuzz/onnx.c - any bytes as an ONNX model: loaded for images, described, traced; and evaluated as a
 * fixed graph. */
#include "fuzz.h"
#include "nn/describe.h"
#include "nn/onnx.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char *const keys[] = {"file", "key", "value", NULL};
    struct tv_graph g;
    struct tv_table t;
    tv_die_hook = fuzz_jump;
    if (setjmp(fuzz_away)) return 0;
    if (!tv_onnx_parse(&g, bytes, n, "/nonexistent", true)) {
        int links;
        tv_links_free(tv_graph_links_new(&g, &links), links);
        tv_table_begin(&t, tv_describe_columns, false);
        tv_describe(&t, &g, "fuzz");
        tv_table_end(&t);
        tv_str_release(&t.out);
        tv_table_begin(&t, keys, true);
        tv_describe_meta(&t, &g, "fuzz");
        tv_table_end(&t);
        tv_str_release(&t.out);
        tv_graph_plan(&g, 3);
        tv_graph_release(&g);
    }
    if (!tv_onnx_parse(&g, bytes, n, "/nonexistent", false)) {
        tv_graph_plan(&g, 1);
        tv_graph_release(&g);
    }
    return 0;
}
