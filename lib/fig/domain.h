/* fig/domain.h - which of the two domains an instance is of.
 *
 * Data sets may call their domains what they like (tv-import --domain).  The names "source" and "target"
 * stand for themselves; of others the one that comes first is the source: in the data sets, then in the map,
 * then in the other operands, so that `--images SOURCE --images TARGET` decides.
 */
#ifndef TV_FIG_DOMAIN_H
#define TV_FIG_DOMAIN_H
#include "fig/figure.h"
#include "fig/glyph.h"

/* Sets f->domain from the streams and data sets, which must stay. */
void tv_figure_find_domains(struct tv_figure *f);
/* The side of an instance whose domain has that name; the target for NULL and for names that are neither. */
enum tv_side tv_figure_side(const struct tv_figure *f, const char *name);
/* What the streams call the side. */
const char *tv_figure_domain(const struct tv_figure *f, enum tv_side side);

#endif
