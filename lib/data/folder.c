/* Folders of images:
 *
 *     DIR/cat/a.png  DIR/cat/more/b.png  DIR/dog/c.jpg     classes cat (0), dog (1); paths "cat/a.png", ...
 *     DIR/a.png  DIR/b.jpg                                 no labels
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "data/images.h"

enum { DEPTH_MAX = 16 }; /* of nested folders: also the end of a cycle of links */

struct names {
    char **at;
    size_t n, cap;
};

static void add(struct names *l, char *name)
{
    l->at = tv_grow(l->at, &l->cap, l->n + 2, sizeof *l->at);
    l->at[l->n++] = name;
    l->at[l->n] = NULL;
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }
static void sort(struct names *l, size_t from)
{
    if (l->n > from) qsort(l->at + from, l->n - from, sizeof *l->at, by_bytes);
}

static void release(struct names *l)
{
    for (size_t i = 0; i < l->n; i++) free(l->at[i]);
    free(l->at);
}

/* Appends the images directly in root/below (below: "" or "class/") to `files` and its folders to `folders`,
 * both as paths from root. */
static const char *scan(const char *root, const char *below, struct names *files, struct names *folders)
{
    char *path = tv_format_new("%s/%s", root, below);
    DIR *d = opendir(path);
    const char *msg = d ? NULL : tv_msg("%s: folder cannot be read: %s", path, strerror(errno));
    struct dirent *e;
    while (d && (e = readdir(d))) {
        if (e->d_name[0] == '.') continue;
        struct stat st;
        char *from_root = tv_format_new("%s%s", below, e->d_name),
             *full = tv_format_new("%s/%s", root, from_root);
        bool is_folder = stat(full, &st) == 0 && S_ISDIR(st.st_mode);
        free(full);
        if (is_folder)
            add(folders, from_root);
        else if (tv_image_suffix(e->d_name))
            add(files, from_root);
        else
            free(from_root);
    }
    if (d) closedir(d);
    free(path);
    return msg;
}

/* All images in a folder (a path from root) and the folders in it. */
static const char *walk(const char *root, const char *folder, struct names *files, int depth)
{
    struct names inner = {0};
    char *below = tv_format_new("%s/", folder);
    const char *msg =
        depth > DEPTH_MAX
            ? tv_msg("%s/%s: folders are nested too deep; do they link to themselves?", root, folder)
            : scan(root, below, files, &inner);
    for (size_t i = 0; i < inner.n && !msg; i++) msg = walk(root, inner.at[i], files, depth + 1);
    free(below);
    release(&inner);
    return msg;
}

/* Base name of a folder, slashes at its end aside. */
static char *folder_name_new(const char *dir)
{
    size_t n = strlen(dir);
    while (n > 1 && dir[n - 1] == '/') n--;
    char *bare = tv_strndup(dir, n), *name = tv_strdup(tv_basename(bare));
    free(bare);
    return name;
}

/* The classes' images in order, with labels. */
static const char *walk_classes(struct tv_images *s, const char *dir, const struct names *classes,
                                struct names *files)
{
    size_t cap = 0;
    for (size_t k = 0; k < classes->n; k++) {
        size_t from = files->n;
        const char *msg = walk(dir, classes->at[k], files, 0);
        if (msg) return msg;
        sort(files, from);
        s->label = tv_grow(s->label, &cap, files->n, sizeof *s->label);
        for (size_t i = from; i < files->n; i++) s->label[i] = (int32_t)k;
    }
    return NULL;
}

const char *tv_images_folder(struct tv_images *s, const char *dir)
{
    struct names loose = {0}, classes = {0}, files = {0};
    memset(s, 0, sizeof *s);
    s->name = folder_name_new(dir);
    s->dir = tv_format_new("%s/", dir);
    const char *msg = scan(dir, "", &loose, &classes);
    sort(&classes, 0);
    sort(&loose, 0);
    if (!msg) msg = walk_classes(s, dir, &classes, &files);
    if (files.n == 0 && loose.n > 0) { /* no class holds an image: a flat folder */
        release(&files);
        files = loose, loose = (struct names){0};
    } else if (files.n > 0) {
        s->class_name = classes.at, s->classes = classes.n;
        classes = (struct names){0};
    }
    s->path = files.at, s->n = (int64_t)files.n;
    release(&loose);
    release(&classes);
    if (!msg && s->n == 0)
        msg = tv_msg("%s: no images here; want PNG, JPEG or PPM/PGM files, in one folder a class", dir);
    return msg;
}
