/* Strings: builder, patterns, "did you mean", numbers. */
#include "check.h"
#include "core/mem.h"
#include "core/str.h"
#include <stdlib.h>

static void check_star(const char *pattern, const char *name, const char *want)
{
    char *got = tv_glob_star_new(pattern, name);
    if (want)
        CHECK_STR(got, want);
    else
        CHECK(got == NULL);
    free(got);
}

static void check_double(double v, const char *want)
{
    struct tv_str b = {0};
    tv_str_double(&b, v);
    CHECK_STR(b.s, want);
    if (v == v) CHECK(strtod(b.s, NULL) == v);
    tv_str_release(&b);
}

static void check_size(const char *text, uint64_t want)
{
    uint64_t v = 1;
    CHECK(tv_parse_size(text, &v) && v == want);
}

static void test_patterns(void)
{
    CHECK(tv_glob("attrib/*", "attrib/conv1"));
    CHECK(tv_glob("*", ""));
    CHECK(tv_glob("a*b*c", "a/b/b/c") && !tv_glob("a*b*c", "a/b/b/d"));
    CHECK(tv_glob("conv?", "conv1") && !tv_glob("conv?", "conv12"));
    CHECK(tv_glob("fc[6-8]", "fc7") && !tv_glob("fc[6-8]", "fc5") && tv_glob("fc[!6-8]", "fc5"));
    CHECK(tv_glob("[]x]", "]") && tv_glob("a[b", "a[b"));
    CHECK(!tv_glob("", "a") && tv_glob("", ""));
    check_star("attrib|*", "attrib|conv1", "conv1");
    check_star("a*c", "ac", "");
    check_star("a*a", "a", NULL);
    check_star("plain", "plain", "");
    check_star("plain", "other", NULL);
}

static void test_nearest(void)
{
    const char *const names[] = {"perplexity", "seed", "threads", NULL};
    CHECK_STR(tv_nearest("perplexty", names), "perplexity");
    CHECK_STR(tv_nearest("sede", names), "seed");
    CHECK(tv_nearest("banana", names) == NULL);
}

static void test_numbers(void)
{
    int64_t i;
    double d;
    uint64_t size;
    check_double(0.1, "0.1");
    check_double(1e-30, "1e-30");
    check_double(1.0 / 3, "0.3333333333333333");
    check_double(-NAN, "nan");
    check_double(-INFINITY, "-inf");
    CHECK(tv_parse_int("-5", &i) && i == -5);
    CHECK(!tv_parse_int("", &i) && !tv_parse_int("5x", &i) && !tv_parse_int(" 5", &i));
    CHECK(!tv_parse_int("99999999999999999999", &i));
    CHECK(tv_parse_double("-1e-3", &d) && d == -1e-3);
    CHECK(!tv_parse_double("1,5", &d) && !tv_parse_double("", &d));
    check_size("512", 512);
    check_size("4k", 4096);
    check_size("1.5G", 3ull << 29);
    check_size("2GiB", 2ull << 30);
    CHECK(!tv_parse_size("G", &size) && !tv_parse_size("-1", &size) && !tv_parse_size("4x", &size));
}

static void test_builder(void)
{
    struct tv_str b = {0};
    size_t n;
    for (int i = 0; i < 1000; i++) tv_str_add(&b, "%d,", i % 10);
    CHECK(b.len == 2000 && b.s[2000] == 0 && b.s[1998] == '9');
    tv_str_release(&b);
    tv_str_json(&b, "a\"b\\\n\x01\xc3\xa9");
    CHECK_STR(b.s, "\"a\\\"b\\\\\\n\\u0001\xc3\xa9\"");
    tv_str_release(&b);
    char **list = tv_split_new("a,,b", ',', &n);
    CHECK(n == 3 && !list[3]);
    CHECK_STR(list[1], "");
    CHECK_STR(list[2], "b");
    tv_split_free(list);
    char *none = tv_strndup(NULL, 0);
    CHECK_STR(none, "");
    free(none);
    CHECK_STR(tv_basename("a/b/c.tv"), "c.tv");
    CHECK_STR(tv_basename("c.tv"), "c.tv");
}

int main(void)
{
    test_patterns();
    test_nearest();
    test_numbers();
    test_builder();
    return check_done();
}
