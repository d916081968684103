/* core/progress.h - a progress line on stderr: a bar with rate and ETA on a terminal, sparse lines otherwise,
 * none with -q.  Time appears here and nowhere in the output. */
#ifndef TV_CORE_PROGRESS_H
#define TV_CORE_PROGRESS_H
#include <stdint.h>

/* `total` <= 0: unknown.  `unit` in the plural: "images". */
void tv_progress_begin(const char *what, const char *unit, int64_t total);
void tv_progress(int64_t done);
void tv_progress_end(void);
double tv_seconds(void); /* monotonic clock */

#endif
