/* Lists of layers, classes, parts of tensor names; JSON; the index of names. */
#include "check.h"
#include "core/index.h"
#include "core/json.h"
#include "core/names.h"
#include "core/str.h"
#include <stdlib.h>

static const char *const layer[] = {"conv1", "conv2", "conv3", "fc4", "fc5"};
static const char *const node[] = {"/features/0/Conv", "/features/3/Conv", NULL, "/a,b", "/classifier/Gemm"};
static const struct tv_names names = {5, layer, node};

/* "11010" for the layers that are chosen, or the message. */
static const char *chosen(const char *list)
{
    static char text[6];
    bool flag[5];
    const char *wrong = tv_names_choose(flag, &names, list);
    if (wrong) return wrong;
    for (int i = 0; i < 5; i++) text[i] = flag[i] ? '1' : '0';
    return text;
}

static void test_lists(void)
{
    CHECK_STR(chosen(NULL), "11111");
    CHECK_STR(chosen("conv2"), "01000");
    CHECK_STR(chosen("fc5,conv1"), "10001");
    CHECK_STR(chosen("conv*"), "11100");
    CHECK_STR(chosen("conv2..fc4"), "01110");
    CHECK_STR(chosen("conv2..conv2,fc*"), "01011");
    CHECK_STR(chosen("/features/*"), "11000");
    CHECK_STR(chosen("/features/0/Conv../features/3/Conv"), "11000");
    CHECK_STR(chosen("conv4"), "no layer conv4; did you mean conv1?");
    CHECK(strstr(chosen("banana"), "there are: conv1 conv2") != NULL);
    CHECK(strstr(chosen("fc4..conv2"), "comes after") != NULL);
    CHECK(strstr(chosen("conv1,"), "empty name") != NULL);
}

static const char *class_of(const char *word, const char *classes)
{
    static char text[32];
    int64_t i;
    const char *wrong = tv_class_find(&i, word, classes);
    if (wrong) return wrong;
    snprintf(text, sizeof text, "%d", (int)i);
    return text;
}

static void test_classes(void)
{
    CHECK_STR(class_of("3", NULL), "3");
    CHECK_STR(class_of("dog", "cat\ndog\nhorse"), "1");
    CHECK_STR(class_of("2", "cat\ndog\nhorse"), "2");
    CHECK(strstr(class_of("3", "cat\ndog\nhorse"), "there are 3") != NULL);
    CHECK(strstr(class_of("dgo", "cat\ndog\nhorse"), "did you mean dog?") != NULL);
    CHECK(strstr(class_of("dog", NULL), "no class names") != NULL);
    CHECK(strstr(class_of("-1", NULL), "count from 0") != NULL);
    char *name = tv_class_name_new("cat\ndog\nhorse", 2);
    CHECK_STR(name, "horse");
    free(name);
    CHECK(!tv_class_name_new("cat\ndog", 2) && !tv_class_name_new(NULL, 0));
}

static void test_tensor_names(void)
{
    char class[TV_CLASS_TEXT];
    const char *rest;
    CHECK(tv_name_split("rank/12/conv1", "rank", class, &rest));
    CHECK_STR(class, "12");
    CHECK_STR(rest, "conv1");
    CHECK(tv_name_split("links/all/conv1..conv2/value", "links", class, &rest));
    CHECK_STR(rest, "conv1..conv2/value");
    CHECK(!tv_name_split("rank/conv1", "rank", class, &rest) &&
          !tv_name_split("ranks/1/x", "rank", class, &rest));
    CHECK(!tv_name_split("rank/x1/conv1", "rank", class, &rest) &&
          !tv_name_split("rank/1/", "rank", class, &rest));
}

static void test_json(void)
{
    struct tv_json *j = tv_json_parse_new(
        " {\"a\": [1, -2.5e1, \"x\\u00e9\\n\\ud83d\\ude00\"], \"b\": {\"c\": true}, \"d\": null} ");
    const struct tv_json *a = tv_json_get(j, "a");
    CHECK(a && a->n == 3 && a->at[1].number == -25);
    if (a) CHECK_STR(a->at[2].text, "x\xc3\xa9\n\xf0\x9f\x98\x80");
    CHECK(tv_json_get(tv_json_get(j, "b"), "c")->number == 1);
    CHECK_STR(tv_json_text(j, "nothing"), "");
    tv_json_free(j);
    static const char *const bad[] = {"",    "{",          "[1,]", "{\"a\" 1}", "\"\\x\"",     "\"\\u12",
                                      "1 2", "{\"a\":1,}", "nul",  "\"\n\"",    "\"\\ud83d\"", "\"\\"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK(!tv_json_valid(bad[i]));
    struct tv_str deep = {0};
    for (int i = 0; i < 100000; i++) tv_str_put(&deep, "[", 1);
    CHECK(!tv_json_valid(deep.s));
    tv_str_release(&deep);
}

static void test_index(void)
{
    enum { N = 1000 };
    static char text[N][8];
    struct tv_index x = {0};
    int wrong = 0;
    CHECK(tv_index_get(&x, "a") == -1);
    for (int i = 0; i < N; i++) {
        snprintf(text[i], sizeof text[i], "n%d", i);
        tv_index_put(&x, text[i], i);
    }
    tv_index_put(&x, text[7], 77);
    for (int i = 0; i < N; i++) wrong += tv_index_get(&x, text[i]) != (i == 7 ? 77 : i);
    CHECK(wrong == 0 && x.n == N && tv_index_get(&x, "n1000") == -1);
    tv_index_release(&x);
}

int main(void)
{
    test_lists();
    test_classes();
    test_tensor_names();
    test_json();
    test_index();
    return check_done();
}
