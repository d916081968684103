/* Two models whose data name their classes in different orders; results are read back from a stream. */
#include <stdlib.h>
#include "check.h"
#include "scratch.h"
#include "analysis/compare.h"
#include "analysis/domains.h"
#include "core/err.h"

/* Writes attributions of one layer with two neurons. */
static void write_attributions(const char *name, const char *classes, int64_t images, const int32_t *label,
                               const float *x, char *const *path)
{
    struct tv_writer *w = tv_writer_open(scratch(name));
    tv_writer_meta(w, "classes", classes);
    tv_writer_array(w, "attrib/conv1", TV_F32, 2, (int64_t[]){images, 2}, x, NULL);
    tv_writer_array(w, "label", TV_I32, 1, &images, label, NULL);
    if (path) tv_writer_array(w, "path", TV_STR, 1, &images, path, NULL);
    tv_writer_close(w);
}

static char *const path[] = {"a.png", "b.png", "c.png"}, *const other_path[] = {"a.png", "x.png", "c.png"};
static const float source_x[] = {1, 0, /* */ 0, 2, /* */ 3, 3}, target_x[] = {5, 5, /* */ 1, 0, /* */ 0, 1};

/* Target classes cat dog emu, of which the source has the first two, the other way round. */
static void make_streams(void)
{
    write_attributions("s.tv", "dog\ncat", 3, (const int32_t[]){1, 0, 0}, source_x, path);
    write_attributions("t.tv", "cat\ndog\nemu", 3, (const int32_t[]){0, 1, 1}, target_x, path);
    write_attributions("emu.tv", "cat\ndog\nemu", 3, (const int32_t[]){0, 1, 2}, target_x, NULL);
    write_attributions("moved.tv", "cat\ndog\nemu", 3, (const int32_t[]){0, 1, 1}, target_x, other_path);
}

static const char *compare(const char *source, const char *target, const char *class, const char *out)
{
    const char *list[] = {class};
    struct tv_compare_options o = {.by = "label", .classes = {list, class ? 1 : 0}};
    struct tv_compare c;
    o.source.attribs = scratch(source);
    o.target.attribs = scratch(target);
    const char *bad = tv_compare_open(&c, &o);
    if (!bad) {
        struct tv_writer *w = tv_writer_open(scratch(out));
        bad = tv_compare_run(&c, w);
        tv_writer_close(w);
    }
    tv_compare_close(&c);
    return bad;
}

static void test_names(void)
{
    struct tv_set s;
    CHECK(!compare("s.tv", "t.tv", "dog", "sim.tv"));
    tv_set_read(&s, scratch("sim.tv"), NULL);
    /* dog is class 1 of the target: images 1 and 2; source columns (0,3) (2,3), target columns (1,0) (0,1) */
    const struct tv_tensor *t = tv_set_want(&s, "sim/1/conv1", 2);
    CHECK_NEAR(tv_tensor_get(t, 0), 0, 1e-6);
    CHECK_NEAR(tv_tensor_get(t, 1), 1, 1e-6);
    CHECK_NEAR(tv_tensor_get(t, 2), 2 / sqrt(13), 1e-6);
    CHECK_NEAR(tv_tensor_get(t, 3), 3 / sqrt(13), 1e-6);
    CHECK_STR(tv_attrs_get(&t->attrs, "class-name"), "dog");
    CHECK_STR(tv_attrs_get(&t->attrs, "instances"), "2");
    CHECK_STR(tv_attrs_get(&s.meta, "classes"), "cat\ndog\nemu");
    CHECK(s.n == 1);
    tv_set_release(&s);
}

/* A class that the source does not have is left out; rows of it are not expected to agree. */
static void test_unmatched(void)
{
    struct tv_set s;
    CHECK(!compare("s.tv", "emu.tv", NULL, "sim.tv"));
    tv_set_read(&s, scratch("sim.tv"), NULL);
    CHECK(tv_set_find(&s, "sim/0/conv1") && tv_set_find(&s, "sim/1/conv1") &&
          !tv_set_find(&s, "sim/2/conv1"));
    tv_set_release(&s);
    CHECK(strstr(compare("s.tv", "emu.tv", "emu", "sim.tv"), "want classes with images that both") != NULL);
    CHECK(strstr(compare("s.tv", "moved.tv", NULL, "sim.tv"),
                 "image 1 has another path in s.tv than in moved.tv") != NULL);
}

/* One model on two domains whose class lists differ: labels are the target's, images of a class those of its
 * name. */
static void test_domains(void)
{
    const char *list[] = {"all", "cat"};
    struct tv_domains_options o = {.source = scratch("s.tv"),
                                   .target = scratch("t.tv"),
                                   .by = "label",
                                   .classes = {list, 2},
                                   .discrim = {.cost = 1, .folds = 10}};
    struct tv_domains d;
    struct tv_set s;
    CHECK(!tv_domains_open(&d, &o));
    struct tv_writer *w = tv_writer_open(scratch("discrim.tv"));
    CHECK(!tv_domains_run(&d, w));
    tv_writer_close(w);
    tv_domains_close(&d);
    tv_set_read(&s, scratch("discrim.tv"), NULL);
    const int32_t *row = tv_set_want(&s, "discrim/0/row", 1)->data,
                  *label = tv_set_want(&s, "discrim/all/label", 1)->data;
    CHECK(row[0] == 0 && row[1] == 0);
    CHECK(label[0] == 0 && label[1] == 1 && label[2] == 1 && label[3] == 0 && label[5] == 1);
    CHECK_STR(((char **)tv_set_want(&s, "discrim/all/path", 1)->data)[4], "b.png");
    CHECK_STR(((char **)tv_set_want(&s, "discrim/all/domain", 1)->data)[2], "source");
    tv_set_release(&s);
}

int main(void)
{
    tv_verbosity = -1;
    make_streams();
    test_names();
    test_unmatched();
    test_domains();
    return check_done();
}
