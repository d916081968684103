/* Classes asked for against those that there are. */
#include <stdlib.h>
#include "check.h"
#include "analysis/classes.h"
#include "core/mem.h"

static const int64_t instances[] = {3, 0, 1, 5};
static const struct tv_class_census named = {"a.tv", "ant\nbee\ncat\ndog\nelk", 4, instances};
static const struct tv_class_census nameless = {"b.tv", NULL, 4, instances};

/* "0 2 3", with " all" and " *" when they were asked for, or the message. */
static const char *chosen(const struct tv_class_census *census, bool allow_all, int n, const char **list)
{
    static char text[256];
    struct tv_classes c;
    const char *bad = tv_classes_choose(&c, &(struct tv_strings){list, n}, census, allow_all);
    *text = 0;
    for (int64_t i = 0; i < c.n && !bad; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d", i ? " " : "", c.at[i]);
    if (!bad && c.all) strcat(text, " all");
    if (!bad && c.every) strcat(text, " *");
    tv_classes_release(&c);
    return bad ? bad : text;
}
#define CHOSEN(census, all, ...)                                                                             \
    chosen(census, all, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), (const char *[]){__VA_ARGS__})

static void test_choose(void)
{
    CHECK_STR(chosen(&named, false, 0, NULL), "0 2 3 *");
    CHECK_STR(CHOSEN(&named, false, "*"), "0 2 3 *");
    CHECK_STR(CHOSEN(&named, false, "dog", "0,cat,dog"), "0 2 3");
    CHECK_STR(CHOSEN(&nameless, false, "3"), "3");
    CHECK_STR(CHOSEN(&named, true, "all"), " all");
    CHECK_STR(CHOSEN(&named, true, "all,cat"), "2 all");
}

static void test_refuse(void)
{
    CHECK_STR(CHOSEN(&named, false, "bee"),
              "a.tv: class 1 (bee): want images of it, found none; there are classes 0 2 3");
    CHECK_STR(CHOSEN(&nameless, false, "7"),
              "b.tv: class 7: want images of it, found none; there are classes 0 2 3");
    CHECK(strstr(CHOSEN(&named, false, "cow"), "a.tv: no class cow") != NULL);
    CHECK(strstr(CHOSEN(&nameless, false, "cat"), "no class names") != NULL);
    CHECK(strstr(CHOSEN(&named, false, "all"), "no class all") != NULL);
    CHECK(strstr(CHOSEN(&named, false, "elk"), "want images of it") !=
          NULL); /* named beyond the largest label */
}

static void test_match(void)
{
    int64_t *same = tv_classes_match_new(&named, "dog\nant\n2");
    CHECK(same[0] == 1 && same[1] == -1 && same[2] == -1 && same[3] == 0);
    free(same);
    same = tv_classes_match_new(&named, NULL);
    for (int i = 0; i < 4; i++) CHECK(same[i] == i);
    free(same);
    same = tv_classes_match_new(&nameless, "dog\nant");
    for (int i = 0; i < 4; i++) CHECK(same[i] == i);
    free(same);
    /* names that look like numbers are names */
    struct tv_class_census digits = {"c.tv", "1\n10\n2", 3, instances};
    same = tv_classes_match_new(&digits, "1\n2\n10");
    CHECK(same[0] == 0 && same[1] == 2 && same[2] == 1);
    free(same);
}

int main(void)
{
    test_choose();
    test_refuse();
    test_match();
    return check_done();
}
