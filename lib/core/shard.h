/* core/shard.h - which part of the work is this process's: --shard, else the batch system's variables. */
#ifndef TV_CORE_SHARD_H
#define TV_CORE_SHARD_H
#include <stdint.h>

/* "I/N", part I of N counted from 0.  NULL or what is wrong with it. */
const char *tv_shard_parse(const char *text, int64_t *part, int64_t *parts);
/* The task of a job array of Slurm, SGE, LSF or PBS, or the rank of an MPI process; 0 of 1 outside of these,
 * and where TV_SHARDS is 1.  TV_SHARDS is the number of parts where the batch system does not tell it (PBS).
 * *from: the variable, or NULL.  NULL or a message: tasks with gaps between them, or too few known. */
const char *tv_shard_default(int64_t *part, int64_t *parts, const char **from);

#endif
