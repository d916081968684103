/* report/sheet.h - images of all data sets as JPEG sheets of small tiles.
 *
 * Image i, counted over all data sets, is tile i mod TV_SHEET_TILES of sheet i / TV_SHEET_TILES; tiles go row
 * by row, TV_SHEET_COLUMNS a row, each in the upper left corner of a square cell.
 */
#ifndef TV_REPORT_SHEET_H
#define TV_REPORT_SHEET_H
#include "fig/figure.h"

enum { TV_SHEET_COLUMNS = 16, TV_SHEET_TILES = TV_SHEET_COLUMNS * TV_SHEET_COLUMNS };

struct tv_sheets {
    int64_t cell; /* side in pixels, a multiple of 8: JPEG's blocks do not straddle tiles */
    size_t n;
    struct tv_sheet {
        void *bytes;
        size_t size;
    } * at;
};
/* Tiles with a longer side of at most `side` pixels, the best quality and size that fit in `limit` bytes (the
 * smallest when none does).  NULL or a message. */
const char *tv_sheets_init(struct tv_sheets *s, const struct tv_figure *f, int64_t side, uint64_t limit);
void tv_sheets_release(struct tv_sheets *s);
/* Size of the tiles of a data set. */
void tv_sheets_tile(const struct tv_sheets *s, const struct tv_dataset *d, int64_t *w, int64_t *h);

#endif
