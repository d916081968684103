/* Which images are chosen: parts of a split are disjoint, complete and stratified; order; labels from words.
 */
#include "check.h"
#include "core/str.h"
#include "data/choose.h"
#include "data/labels.h"

enum { N = 1000, K = 3 };
static int32_t label[N];

static int64_t choose(struct tv_choice c, int64_t *rows)
{
    int64_t n = -1;
    CHECK(!tv_choose(&c, label, N, rows, &n));
    for (int64_t i = 1; i < n; i++)
        if (rows[i] <= rows[i - 1]) CHECK(!"ascending");
    return n;
}

static void count(int *of, const int64_t *rows, int64_t n)
{
    memset(of, 0, K * sizeof *of);
    for (int64_t i = 0; i < n; i++) of[label[rows[i]]]++;
}

static void split(void)
{
    int64_t train[N], val[N], other[N];
    int seen[N] = {0}, all[K], of[K];
    struct tv_choice c = {.split = "85:15", .seed = 7};
    int64_t nt = choose(c, train), no;
    c.part = TV_PART_VAL;
    int64_t nv = choose(c, val);
    CHECK(nt + nv == N);
    for (int64_t i = 0; i < nt; i++) seen[train[i]]++;
    for (int64_t i = 0; i < nv; i++) seen[val[i]]++;
    int wrong = 0;
    for (int i = 0; i < N; i++) wrong += seen[i] != 1, other[i] = i;
    CHECK(wrong == 0);
    count(all, other, N);
    count(of, train, nt);
    for (int k = 0; k < K; k++) CHECK_NEAR(of[k], all[k] * 0.85, 1);
    CHECK(choose(c, other) == nv && !memcmp(val, other, (size_t)nv * sizeof *val)); /* the same seed */
    c.seed = 8;
    no = choose(c, other);
    CHECK(no == nv && memcmp(val, other, (size_t)nv * sizeof *val)); /* another one */
    CHECK(nt == 850);
}

static void limits(void)
{
    int64_t rows[N];
    int of[K];
    CHECK(choose((struct tv_choice){.head = 17}, rows) == 17 && rows[16] == 16);
    int64_t n = choose((struct tv_choice){.per_class = 5}, rows);
    count(of, rows, n);
    CHECK(n == 5 * K && of[0] == 5 && of[K - 1] == 5);
    CHECK(choose((struct tv_choice){.per_class = 5, .head = 3}, rows) == 3);
    CHECK(choose((struct tv_choice){0}, rows) == N);
    static const char *const bad[] = {"85", "a:b", "0:0", "-1:2", "1:2:3", "nan:1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(tv_choose(&(struct tv_choice){.split = bad[i]}, label, N, rows, &n) != NULL);
    CHECK(!tv_choose(&(struct tv_choice){.split = "1:1"}, NULL, 10, rows, &n) && n == 5);
}

static void words(void)
{
    char *numbers[] = {"3", "-1", "", "0"}, *names[] = {"dog", "10", "", "cat", "dog"};
    int32_t v[5];
    char **name;
    size_t classes;
    CHECK(!tv_labels_parse(v, numbers, 4, &name, &classes));
    CHECK(!name && classes == 0 && v[0] == 3 && v[1] == -1 && v[2] == -1 && v[3] == 0);
    CHECK(!tv_labels_parse(v, names, 5, &name, &classes));
    CHECK(classes == 3 && v[0] == 2 && v[1] == 0 && v[2] == -1 && v[3] == 1 && v[4] == 2);
    CHECK_STR(name[1], "cat");
    tv_split_free(name);
    char *far[] = {"4294967296"};
    CHECK(tv_labels_parse(v, far, 1, &name, &classes) != NULL);
}

int main(void)
{
    for (int i = 0; i < N; i++) label[i] = i * i % 7 % 4;
    split();
    limits();
    words();
    return check_done();
}
