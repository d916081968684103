#include "data/pngs.h"
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "data/image.h"

/* Digits of the largest of n numbers from 0. */
static int width_of(int64_t n)
{
    int w = 1;
    for (n--; n >= 10; n /= 10) w++;
    return w;
}

/* Folder of a label: its class name, with what a file name cannot hold replaced, or its number. */
static char *class_folder_new(const struct tv_dataset *d, int32_t label, int width)
{
    if (label < 0) return tv_strdup("unknown");
    if ((size_t)label >= d->classes) return tv_format_new("%0*d", width, label);
    char *name = tv_strdup(d->class_name[label]);
    for (char *p = name; *p; p++)
        if (*p == '/') *p = '_';
    if (*name == '.') *name = '_';
    return name;
}

static bool write_file(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    if (!f) return false;
    bool ok = fwrite(bytes, 1, n, f) == n;
    return fclose(f) == 0 && ok;
}

/* Width of the numbers of classes: all labels, and all names. */
static int label_width(const struct tv_dataset *d, const struct tv_batch *all)
{
    int64_t most = (int64_t)d->classes;
    for (int64_t i = 0; i < all->n; i++)
        if (all->label[i] >= most) most = (int64_t)all->label[i] + 1;
    return width_of(most > 0 ? most : 1);
}

/* Image i into `folder`; the path when that fails. */
static const char *write_one(const char *folder, const struct tv_dataset *d, int64_t i, uint8_t *rgb)
{
    void *bytes;
    size_t n;
    const char *failed = NULL;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) return tv_msg("%s", folder);
    tv_dataset_rgb(d, i, rgb);
    if (d->c != 3)
        for (int64_t p = 0; p < d->h * d->w; p++) rgb[p] = rgb[3 * p];
    char *path = tv_format_new("%s/%0*lld.png", folder, width_of(d->n), (long long)i);
    if (tv_png_encode(rgb, d->h, d->w, d->c == 3 ? 3 : 1, &bytes, &n)) {
        errno = EINVAL;
        failed = tv_msg("%s", path);
    } else if (!write_file(path, bytes, n)) {
        failed = tv_msg("%s", path);
    }
    free(bytes);
    free(path);
    return failed;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

const char *tv_pngs_write(const char *dir, const struct tv_dataset *d)
{
    struct stat st;
    size_t len = strlen(dir);
    while (len > 1 && dir[len - 1] == '/') len--;
    char *final = tv_strndup(dir, len), *temp = tv_format_new("%s.XXXXXX", final);
    const struct tv_batch all = tv_dataset_all(d);
    const char *failed = NULL;
    if (stat(final, &st) == 0) {
        errno = EEXIST;
        failed = tv_msg("%s", final);
    } else if (!mkdtemp(temp) || chmod(temp, 0755) != 0) {
        failed = tv_msg("%s", final);
    }
    if (!failed) {
        int width = all.label ? label_width(d, &all) : 0;
        uint8_t *rgb = tv_alloc((size_t)(d->h * d->w), 3);
        for (int64_t i = 0; i < all.n && !failed; i++) {
            char *name = all.label ? class_folder_new(d, all.label[i], width) : NULL;
            char *folder = tv_format_new(name ? "%s/%s" : "%s", temp, name);
            failed = write_one(folder, d, i, rgb);
            free(folder);
            free(name);
        }
        free(rgb);
        if (!failed && rename(temp, final) != 0) failed = tv_msg("%s", final);
        if (failed) {
            int why = errno;
            nftw(temp, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
            errno = why;
        }
    }
    free(final);
    free(temp);
    return failed;
}
