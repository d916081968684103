/* analysis/plan.h - what --dry-run prints: work, memory and an estimate of the time on this machine. */
#ifndef TV_ANALYSIS_PLAN_H
#define TV_ANALYSIS_PLAN_H
#include <stdint.h>

enum { TV_PLAN_SHORT = 5 }; /* seconds that need no announcement */

struct tv_plan {
    int64_t images; /* -1: unknown; then `macs` is for one image */
    int64_t macs;   /* multiply-adds */
    int64_t bytes;  /* held at most, beside what the process has now */
};
/* TSV: images, flops, bytes of the whole process, seconds.  The estimate multiplies the work with the speed
 * of a short matrix product. */
void tv_plan_print(const struct tv_plan *p);
/* One line on stderr before work of more than a few seconds: how much of `unit` (plural), about how long, how
 * much memory. */
void tv_plan_say(const struct tv_plan *p, const char *unit);

#endif
