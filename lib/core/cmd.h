/* core/cmd.h - what every program has in common: its table, its command line, its history.
 *
 *     int main(int argc, char **argv)
 *     {
 *         struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
 *         ...
 *     }
 */
#ifndef TV_CORE_CMD_H
#define TV_CORE_CMD_H
#include "core/err.h"
#include "core/opt.h"
#include "core/str.h"
#include "core/stream.h"

#define TV_VERSION "0.1.0"

enum {                     /* common options beyond --help --version -q -v -j, which every program takes */
       TV_CMD_OUTPUT = 1,  /* -o FILE */
       TV_CMD_SEED = 2,    /* --seed N */
       TV_CMD_MEM = 4,     /* --mem SIZE */
       TV_CMD_DRY_RUN = 8, /* --dry-run */
       TV_CMD_BATCH = 16,  /* --batch N */
       TV_CMD_SHARD = 32,  /* --shard i/n */
       TV_CMD_JSON = 64,   /* --json */
       TV_CMD_FORCE_TTY = 128, /* output is text: a terminal is welcome */
};

struct tv_cmd {
    const char *name;     /* "tv-rank" */
    const char *summary;  /* one line, lower case, no full stop: "rank neurons by their attribution" */
    const char *purpose;  /* `tv help` groups by it: "data", "model", "analysis", "figure", "stream" */
    const char *operands; /* "[FILE...]" as in SYNOPSIS */
    const char *example;  /* one command line, first thing in --help */
    const struct tv_opt *opts;
    unsigned common;        /* TV_CMD_* */
    int min_args, max_args; /* operands; max < 0: any number */
};

/* Values of the common options. */
struct tv_common {
    const char *output; /* NULL: stdout */
    int64_t seed;
    uint64_t mem; /* bytes; 0: no cap */
    bool dry_run, json;
    int64_t batch;         /* 0: chosen by the program */
    int64_t shard, shards; /* 0 of 1 without --shard */
    int threads;
};
extern struct tv_common tv_common;

struct tv_args {
    char **at;
    int n;
};
/* Parses, prints --help/--version/--help-man/--help-completion and exits when asked, dies (exit 2, "did you
 * mean") on a bad command line, sets the number of threads, installs the signal handlers. */
struct tv_args tv_cmd_parse(const struct tv_cmd *cmd, int argc, char **argv);
/* The input: operand i, or "-" when there are none. Dies with a hint when stdin is a terminal. */
const char *tv_cmd_input(const struct tv_args *a, int i);

/* ---- history: what the output came from (tv(5), META "history") ---- */
/* A file that is no stream (model, image archive): base name and CRC-32 of its bytes. Streams register
 * themselves. */
void tv_history_file(const char *path, uint32_t crc);
/* A place among the inputs: they are listed in the order in which places were taken, that is, opened. */
int tv_history_turn(void);
/* Called by the reader when a stream is complete. `history` may be NULL. */
void tv_history_stream(int turn, const char *name, uint32_t crc, const char *history);
/* The JSON of this run: program, version, options, inputs. New string. */
char *tv_history_json_new(void);
/* Appends the history as an indented tree, one program or input a line. */
void tv_history_tree(struct tv_str *b, const char *json);
/* CRC-32 of a whole file; dies when it cannot be read. */
uint32_t tv_file_crc(const char *path);
/* Reads a whole file ("-": stdin) into a new buffer, one zero byte after its end; dies when it cannot. */
void *tv_file_read_new(const char *path, size_t *n);
/* Writes text or bytes to tv_common.output or stdout under the same rules as the stream writer. */
void tv_file_write(const char *path, const void *bytes, size_t n);
/* The directory that this program lies in, with a slash at its end.  New string. */
char *tv_program_dir_new(void);
/* Temporary sibling name for an output file, registered for removal; tv_file_commit renames it to `path`. */
char *tv_file_temp_new(const char *path);
void tv_file_commit(char *temp, const char *path); /* frees temp */

#endif
