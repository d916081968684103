/* data/pngs.h - a data set as a folder of PNG files, which tv-import reads again.
 *
 *     DIR/<class>/<number>.png    with labels: class names, or indices of equal width; "unknown" for -1
 *     DIR/<number>.png            without
 */
#ifndef TV_DATA_PNGS_H
#define TV_DATA_PNGS_H
#include "data/dataset.h"

/* Writes all images of a loaded dataset; the folder appears whole, or not at all.  NULL, or (errno says why)
 * the path that could not be made, in a tv_msg() buffer; EEXIST: the folder is there already. */
const char *tv_pngs_write(const char *dir, const struct tv_dataset *d);

#endif
