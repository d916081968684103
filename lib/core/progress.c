/* core/progress.c - see progress.h. */
#include "core/progress.h"
#include "core/err.h"
#include "core/str.h"
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BAR = 24 };
static const double REDRAW = 0.1;  /* seconds between redraws on a terminal */
static const double SPARSE = 30.0; /* seconds between lines elsewhere */

static struct {
    const char *what, *unit;
    int64_t total, done;
    double start, last;
    bool active, terminal, drawn;
} p;

double tv_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A message is about to be printed: make room for it. */
static void clear_line(void)
{
    if (p.drawn) fputs("\r\033[K", stderr);
    p.drawn = false;
}

static void add_time(struct tv_str *line, double seconds)
{
    long s = (long)(seconds + 0.5);
    if (s >= 3600)
        tv_str_add(line, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        tv_str_add(line, "%ld:%02ld", s / 60, s % 60);
}

static void add_bar(struct tv_str *line)
{
    int full = (int)(BAR * p.done / p.total);
    tv_str_add(line, " [");
    for (int i = 0; i < BAR; i++) tv_str_add(line, i < full ? "#" : ".");
    tv_str_add(line, "]");
}

static void draw(double now)
{
    struct tv_str line = {0};
    double elapsed = now - p.start, rate = elapsed > 0 ? (double)p.done / elapsed : 0;
    tv_str_add(&line, "%s: %s", tv_program, p.what);
    if (p.total > 0 && p.terminal) add_bar(&line);
    tv_str_add(&line, " %lld", (long long)p.done);
    if (p.total > 0) tv_str_add(&line, "/%lld", (long long)p.total);
    tv_str_add(&line, " %s, %.*f/s", p.unit, rate < 10 ? 2 : rate < 100, rate);
    if (p.total > 0 && rate > 0 && p.done < p.total) {
        tv_str_add(&line, ", ");
        add_time(&line, (double)(p.total - p.done) / rate);
        tv_str_add(&line, " left");
    }
    fprintf(stderr, p.terminal ? "\r%s\033[K" : "%s\n", line.s);
    p.drawn = p.terminal;
    p.last = now;
    tv_str_release(&line);
}

void tv_progress_begin(const char *what, const char *unit, int64_t total)
{
    double now = tv_seconds();
    memset(&p, 0, sizeof p);
    p.what = what;
    p.unit = unit;
    p.total = total;
    p.start = p.last = now;
    p.active = tv_verbosity >= 0;
    p.terminal = isatty(STDERR_FILENO);
    tv_message_hook = clear_line;
}

void tv_progress(int64_t done)
{
    if (!p.active) return;
    double now = tv_seconds();
    p.done = done < p.total || p.total <= 0 ? done : p.total;
    if (now - p.last >= (p.terminal ? REDRAW : SPARSE)) draw(now);
}

void tv_progress_end(void)
{
    if (p.active && p.terminal) clear_line();
    p.active = false;
    tv_message_hook = NULL;
}
