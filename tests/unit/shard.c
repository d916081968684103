/* The part of the work from the variables of batch systems. */
#include <stdbool.h>
#include <stdlib.h>
#include "check.h"
#include "core/shard.h"

static const char *const variables[] = {"TV_SHARDS",
                                        "SLURM_ARRAY_TASK_ID",
                                        "SLURM_ARRAY_TASK_MIN",
                                        "SLURM_ARRAY_TASK_MAX",
                                        "SLURM_ARRAY_TASK_STEP",
                                        "SLURM_ARRAY_TASK_COUNT",
                                        "SGE_TASK_ID",
                                        "SGE_TASK_FIRST",
                                        "SGE_TASK_LAST",
                                        "SGE_TASK_STEPSIZE",
                                        "LSB_JOBINDEX",
                                        "LSB_JOBINDEX_END",
                                        "LSB_JOBINDEX_STEP",
                                        "PBS_ARRAY_INDEX",
                                        "PBS_ARRAYID",
                                        "OMPI_COMM_WORLD_RANK",
                                        "OMPI_COMM_WORLD_SIZE",
                                        "PMI_RANK",
                                        "PMI_SIZE"};

/* Settings "A=1 B=2" and what they make: part of parts, or words of the message. */
static const struct {
    const char *set;
    int64_t part, parts;
    const char *wrong;
} cases[] = {
    {"", 0, 1, NULL},
    {"SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=8", 3, 8,
     NULL},
    {"SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=9 SLURM_ARRAY_TASK_STEP=2 "
     "SLURM_ARRAY_TASK_COUNT=5",
     3, 5, NULL},
    {"SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=9 SLURM_ARRAY_TASK_COUNT=3", 0, 1,
     "without gaps"},
    {"SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=8", 0, 1,
     "from 0 to 7, got 9"},
    {"SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=8 "
     "TV_SHARDS=1",
     0, 1, NULL},
    {"SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=8 "
     "TV_SHARDS=4",
     0, 1, "TV_SHARDS is 4"},
    {"SGE_TASK_ID=undefined SGE_TASK_FIRST=undefined SGE_TASK_LAST=undefined", 0, 1, NULL},
    {"SGE_TASK_ID=4 SGE_TASK_FIRST=2 SGE_TASK_LAST=8 SGE_TASK_STEPSIZE=2", 1, 4, NULL},
    {"LSB_JOBINDEX=0 LSB_JOBINDEX_END=0", 0, 1, NULL},
    {"LSB_JOBINDEX=10 LSB_JOBINDEX_END=10", 9, 10, NULL},
    {"PBS_ARRAY_INDEX=2", 0, 1, "TV_SHARDS=N"},
    {"PBS_ARRAY_INDEX=2 TV_SHARDS=5", 2, 5, NULL},
    {"PBS_ARRAYID=5 TV_SHARDS=5", 0, 1, "from 0 to 4, got 5"},
    {"OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=4", 0, 4, NULL},
    {"PMI_RANK=3 PMI_SIZE=4", 3, 4, NULL},
    {"TV_SHARDS=5", 0, 1, NULL},
};

static void set_all(const char *settings)
{
    char text[512];
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) unsetenv(variables[i]);
    snprintf(text, sizeof text, "%s", settings);
    for (char *s = strtok(text, " "); s; s = strtok(NULL, " ")) {
        char *value = strchr(s, '=');
        *value++ = 0;
        setenv(s, value, 1);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t part, parts;
        const char *from;
        set_all(cases[i].set);
        const char *wrong = tv_shard_default(&part, &parts, &from);
        bool right = cases[i].wrong ? wrong && strstr(wrong, cases[i].wrong)
                                    : !wrong && part == cases[i].part && parts == cases[i].parts;
        if (!CHECK(right)) printf("%s: %s\n", cases[i].set, wrong ? wrong : "no message");
        CHECK(wrong || (from != NULL) == (parts > 1));
    }
    return check_done();
}
