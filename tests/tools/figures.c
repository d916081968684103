/* figures DIR - writes made-up streams for tv-plot into DIR, small ones (tests/figures.h). */
#include "figures.h"

static void put(struct tv_set *s, const char *dir, const char *name)
{
    char *path = tv_format_new("%s/%s", dir, name);
    made_write(s, path);
    free(path);
    tv_set_release(s);
}

int main(int argc, char **argv)
{
    struct tv_set s, sim;
    if (argc != 2) return 2;
    made_eval(&s, 10, 5, 0.2);
    put(&s, argv[1], "eval.tv");
    made_map(&s, 60, 5);
    put(&s, argv[1], "map.tv");
    made_discrim(&s, 20, 40);
    put(&s, argv[1], "discrim.tv");
    made_images(&s, "source", 30, 8);
    put(&s, argv[1], "source.tv");
    made_attrib(&s, "source", 30, 3, 32);
    put(&s, argv[1], "attrib.tv");
    made_sim(&sim, 2, 20, 3);
    made_links(&s, &sim, 2, 20, 12);
    put(&s, argv[1], "links-t.tv");
    made_links(&s, NULL, 2, 20, 12);
    put(&s, argv[1], "links-s.tv");
    put(&sim, argv[1], "sim.tv");
    made_curves(&s, 3, 2, 5, 1);
    put(&s, argv[1], "curves.tv");
    return 0;
}
