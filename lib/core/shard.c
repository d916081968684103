/* core/shard.c - see shard.h. */
#include "core/shard.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char *tv_shard_parse(const char *text, int64_t *part, int64_t *parts)
{
    const char *slash = strchr(text, '/');
    char *index = tv_strndup(text, slash ? (size_t)(slash - text) : strlen(text));
    bool ok = slash && tv_parse_int(index, part) && tv_parse_int(slash + 1, parts);
    free(index);
    if (!ok || *parts < 1 || *part < 0 || *part >= *parts)
        return tv_msg("want I/N with I from 0 to N-1, got '%s'", text);
    return NULL;
}

/* How each system numbers its tasks: from `first` to `last` by `step`, `count` of them. */
struct system {
    const char *task, *first, *last, *step, *count;
    int64_t begins; /* where there is no `first` */
};
static const struct system systems[] = {
    {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP",
     "SLURM_ARRAY_TASK_COUNT", 0},
    {"SGE_TASK_ID", "SGE_TASK_FIRST", "SGE_TASK_LAST", "SGE_TASK_STEPSIZE", NULL, 1},
    {"LSB_JOBINDEX", NULL, "LSB_JOBINDEX_END", "LSB_JOBINDEX_STEP", NULL, 1},
    {"PBS_ARRAY_INDEX", NULL, NULL, NULL, NULL, 0},
    {"PBS_ARRAYID", NULL, NULL, NULL, NULL, 0},
    {"OMPI_COMM_WORLD_RANK", NULL, NULL, NULL, "OMPI_COMM_WORLD_SIZE", 0},
    {"PMI_RANK", NULL, NULL, NULL, "PMI_SIZE", 0},
};

static bool number(const char *variable, int64_t *value)
{
    const char *text = variable ? getenv(variable) : NULL;
    return text && tv_parse_int(text, value);
}

/* The system whose task this is; SGE says "undefined" and LSF 0 outside of arrays. */
static const struct system *find_system(int64_t *task)
{
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
        const struct system *s = &systems[i];
        if (number(s->task, task) && (*task > 0 || s->begins == 0)) return s;
    }
    return NULL;
}

const char *tv_shard_default(int64_t *part, int64_t *parts, const char **from)
{
    int64_t task, first, last, step = 1, count = 0, told = 0;
    *part = 0, *parts = 1, *from = NULL;
    if (number("TV_SHARDS", &told) && told == 1) return NULL;
    const struct system *s = find_system(&task);
    if (!s) return NULL;
    if (!number(s->first, &first)) first = s->begins;
    if (!number(s->step, &step) || step < 1) step = 1;
    if (number(s->last, &last)) count = (last - first) / step + 1;
    int64_t listed = count;
    if (number(s->count, &count) && listed && listed != count)
        return tv_msg("%s: want tasks without gaps, got %lld from %lld to %lld; give --shard", s->task,
                      (long long)count, (long long)first, (long long)last);
    if (!count) count = told;
    if (count < 1)
        return tv_msg("%s is set, the number of parts is not: give it as TV_SHARDS=N, or --shard", s->task);
    if (told && told != count)
        return tv_msg("TV_SHARDS is %lld, %s has %lld tasks; give --shard", (long long)told, s->task,
                      (long long)count);
    *part = (task - first) / step, *parts = count, *from = s->task;
    if ((task - first) % step || *part < 0 || *part >= count)
        return tv_msg("%s: want a task from %lld to %lld, got %lld; give --shard", s->task, (long long)first,
                      (long long)(first + (count - 1) * step), (long long)task);
    return NULL;
}
