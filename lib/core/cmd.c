/* core/cmd.c - one command line for all programs, see cmd.h. */
#include "core/cmd.h"
#include "core/history.h"
#include "core/mem.h"
#include "core/options.h"
#include "core/output.h"
#include "core/shard.h"
#include "core/threads.h"
#include <assert.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tv_common tv_common = {.seed = 1, .shards = 1};

static int64_t threads;
static const char *shard;
static bool quiet, verbose, help, version;

static const struct {
    unsigned when; /* bit of tv_cmd.common; 0: always */
    struct tv_opt opt;
} common[] = {
    {TV_CMD_OUTPUT,
     {.name = "output",
      .letter = 'o',
      .type = TV_OPT_STRING,
      .value = &tv_common.output,
      .metavar = "FILE",
      .help = "write to FILE instead of standard output",
      .flags = TV_OPT_NODATA}},
    {TV_CMD_SEED,
     {.name = "seed",
      .type = TV_OPT_INT,
      .value = &tv_common.seed,
      .metavar = "N",
      .help = "seed of everything that is random",
      .max = 9e15}},
    {TV_CMD_MEM,
     {.name = "mem",
      .type = TV_OPT_SIZE,
      .value = &tv_common.mem,
      .metavar = "SIZE",
      .help = "use at most about SIZE of memory (512M, 4G)",
      .flags = TV_OPT_NODATA}},
    {TV_CMD_BATCH,
     {.name = "batch",
      .type = TV_OPT_INT,
      .value = &tv_common.batch,
      .metavar = "N",
      .help = "images at a time, fewer where they do not fit; 0: chosen by the program",
      .max = 1e9,
      .flags = TV_OPT_NODATA}},
    {TV_CMD_SHARD,
     {.name = "shard",
      .type = TV_OPT_STRING,
      .value = &shard,
      .metavar = "I/N",
      .help = "do part I of N parts, counted from 0; tv-cat joins the parts; in a job array the task's part "
              "unless given",
      .flags = TV_OPT_NODATA}},
    {TV_CMD_DRY_RUN,
     {.name = "dry-run",
      .type = TV_OPT_FLAG,
      .value = &tv_common.dry_run,
      .help = "print the plan, with work, memory and time, and do nothing",
      .flags = TV_OPT_NODATA}},
    {TV_CMD_JSON,
     {.name = "json",
      .type = TV_OPT_FLAG,
      .value = &tv_common.json,
      .help = "print JSON instead of tab-separated text",
      .flags = TV_OPT_NODATA}},
    {0,
     {.name = "threads",
      .letter = 'j',
      .type = TV_OPT_INT,
      .value = &threads,
      .metavar = "N",
      .help = "threads; 0: OMP_NUM_THREADS, SLURM_CPUS_PER_TASK or all cores",
      .max = 4096,
      .flags = TV_OPT_NODATA}},
    {0,
     {.name = "quiet",
      .letter = 'q',
      .type = TV_OPT_FLAG,
      .value = &quiet,
      .help = "no warnings, no progress",
      .flags = TV_OPT_NODATA}},
    {0,
     {.name = "verbose",
      .letter = 'v',
      .type = TV_OPT_FLAG,
      .value = &verbose,
      .help = "say more; twice: even more",
      .flags = TV_OPT_NODATA}},
    {0,
     {.name = "help",
      .type = TV_OPT_FLAG,
      .value = &help,
      .help = "print this help",
      .flags = TV_OPT_NODATA}},
    {0,
     {.name = "version",
      .type = TV_OPT_FLAG,
      .value = &version,
      .help = "print the version",
      .flags = TV_OPT_NODATA}},
};
enum { COMMON = sizeof common / sizeof *common };

/* Requests of the build, kept out of the table and so out of --help. */
enum { LONG = 1000, HELP_MAN = 5000, HELP_COMPLETION, HELP_SUMMARY };

static struct tv_opt *table; /* the program's options, then the common ones */
static bool *given;          /* per entry of the table */
static int entries;
static struct tv_str usage; /* the page of --help, made before options change their defaults */

static void build_table(const struct tv_cmd *cmd)
{
    int own = 0;
    while (cmd->opts && (cmd->opts[own].name || tv_opt_is_group(&cmd->opts[own]))) own++;
    table = TV_ARRAY(struct tv_opt, (size_t)own + COMMON + 2);
    given = TV_ARRAY(bool, (size_t)own + COMMON + 2);
    if (own) memcpy(table, cmd->opts, (size_t)own * sizeof *table);
    entries = own;
    if (own) table[entries++] = (struct tv_opt){.type = TV_OPT_GROUP, .help = "Common options"};
    for (int i = 0; i < COMMON; i++)
        if (!common[i].when || (cmd->common & common[i].when)) table[entries++] = common[i].opt;
    for (int i = 0; i < entries; i++) { /* a table with two equal names is a bug */
        if (tv_opt_is_group(&table[i])) continue;
        assert(table[i].value && table[i].help);
        for (int k = 0; k < i; k++) {
            if (tv_opt_is_group(&table[k])) continue;
            assert(strcmp(table[i].name, table[k].name));
            assert(!table[i].letter || table[i].letter != table[k].letter);
        }
    }
}

/* ---- getopt_long ---- */

static struct option *long_options_new(void)
{
    static const struct option hidden[] = {{"help-man", required_argument, NULL, HELP_MAN},
                                           {"help-completion", no_argument, NULL, HELP_COMPLETION},
                                           {"help-summary", no_argument, NULL, HELP_SUMMARY}};
    struct option *list = TV_ARRAY(struct option, (size_t)entries + 4);
    int n = 0;
    for (int i = 0; i < entries; i++)
        if (!tv_opt_is_group(&table[i]))
            list[n++] = (struct option){table[i].name,
                                        tv_opt_takes_value(&table[i]) ? required_argument : no_argument, NULL,
                                        LONG + i};
    memcpy(list + n, hidden, sizeof hidden);
    return list;
}

static char *short_options_new(void)
{
    struct tv_str b = {0};
    tv_str_add(&b, ":"); /* missing values are told from unknown options */
    for (int i = 0; i < entries; i++)
        if (table[i].letter)
            tv_str_add(&b, "%c%s", table[i].letter, tv_opt_takes_value(&table[i]) ? ":" : "");
    return b.s;
}

static int entry_of(int code)
{
    if (code >= LONG) return code - LONG;
    for (int i = 0; i < entries; i++)
        if (table[i].letter == code) return i;
    return -1;
}

static _Noreturn void die_unknown(const char *word)
{
    if (optopt >= LONG && optopt < HELP_MAN)
        tv_die(TV_USAGE, "--%s: takes no value", table[optopt - LONG].name);
    const char **names = TV_ARRAY(const char *, (size_t)entries + 1);
    int n = 0;
    size_t len = strncmp(word, "--", 2) ? 0 : strcspn(word + 2, "=");
    char *name = tv_strndup(word + (len ? 2 : 0), len);
    bool ambiguous = false;
    for (int i = 0; i < entries; i++) {
        if (tv_opt_is_group(&table[i])) continue;
        ambiguous |= len && !strncmp(table[i].name, name, len);
        names[n++] = table[i].name;
    }
    if (!len) tv_die(TV_USAGE, "-%c: unknown option; %s --help lists them", optopt, tv_program);
    const char *near = tv_nearest(name, names);
    if (ambiguous && !near) tv_die(TV_USAGE, "--%s: could be several options; write it out", name);
    if (near) tv_die(TV_USAGE, "--%s: unknown option; did you mean --%s?", name, near);
    tv_die(TV_USAGE, "--%s: unknown option; %s --help lists them", name, tv_program);
}

static _Noreturn void print_and_leave(struct tv_str *page)
{
    tv_file_write(NULL, page->s, page->len);
    exit(TV_DONE);
}

static void answer_request(const struct tv_cmd *cmd, int code)
{
    struct tv_str page = {0};
    if (code == HELP_MAN) {
        char *template = tv_file_read_new(optarg, NULL);
        tv_help_man(&page, cmd, table, template);
    } else if (code == HELP_COMPLETION) {
        tv_help_completion(&page, cmd, table);
    } else if (code == HELP_SUMMARY) {
        tv_str_add(&page, "%s\t%s\t%s\n", cmd->purpose, cmd->name, cmd->summary);
    } else if (help) {
        print_and_leave(&usage);
    } else if (version) {
        tv_str_add(&page, "%s (tv) %s\n", cmd->name, TV_VERSION);
    } else {
        return;
    }
    print_and_leave(&page);
}

static void parse_options(const struct tv_cmd *cmd, int argc, char **argv)
{
    struct option *longs = long_options_new();
    char *shorts = short_options_new();
    opterr = 0;
    for (int code; (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (code == '?') die_unknown(argv[optind - 1]);
        if (code == ':') tv_die(TV_USAGE, "%s: wants a value", argv[optind - 1]);
        if (code >= HELP_MAN) answer_request(cmd, code);
        int i = entry_of(code);
        const struct tv_opt *o = &table[i];
        if (o->type == TV_OPT_STRINGS && !given[i]) *(struct tv_strings *)o->value = (struct tv_strings){0};
        const char *wrong = tv_opt_set(o, optarg);
        if (wrong) tv_die(TV_USAGE, "--%s: %s", o->name, wrong);
        given[i] = true;
        if (o->value == &verbose) tv_verbosity = tv_verbosity < 0 ? 1 : tv_verbosity + 1;
        if (o->value == &quiet) tv_verbosity = -1;
        answer_request(cmd, 0);
    }
    free(longs);
    free(shorts);
}

/* ---- the rest of the command line ---- */

static void parse_shard(const struct tv_cmd *cmd)
{
    if (!(cmd->common & TV_CMD_SHARD)) return;
    const char *from = "--shard", *wrong = shard
                                               ? tv_shard_parse(shard, &tv_common.shard, &tv_common.shards)
                                               : tv_shard_default(&tv_common.shard, &tv_common.shards, &from);
    if (wrong) tv_die(TV_USAGE, shard ? "--shard: %s" : "%s", wrong);
    if (!shard && from)
        tv_warn("%s: doing part %lld of %lld; --shard 0/1 does all", from, (long long)tv_common.shard,
                (long long)tv_common.shards);
}

/* Fills the history with the options whose value is not the default; `before`: the defaults as text. */
static void record_options(char **before)
{
    for (int i = 0; i < entries; i++) {
        const struct tv_opt *o = &table[i];
        if (tv_opt_is_group(o) || (o->flags & TV_OPT_NODATA)) continue;
        char *now = tv_opt_text_new(o, true);
        if (strcmp(now, before[i]) || o->value == &tv_common.seed) {
            size_t n;
            char **values = tv_split_new(now, o->type == TV_OPT_STRINGS ? '\n' : '\0', &n);
            for (size_t k = 0; k < n; k++) {
                char *text = o->type == TV_OPT_FLAG ? tv_format_new("--%s", o->name)
                                                    : tv_format_new("--%s=%s", o->name, values[k]);
                tv_history_option(text);
                free(text);
            }
            tv_split_free(values);
        }
        free(now);
    }
}

static void check_operands(const struct tv_cmd *cmd, int n)
{
    if (n < cmd->min_args)
        tv_die(TV_USAGE, "want %s, got %d operand%s; %s --help explains", cmd->operands, n, n == 1 ? "" : "s",
               cmd->name);
    if (cmd->max_args >= 0 && n > cmd->max_args)
        tv_die(TV_USAGE, "want at most %d operand%s, got %d; %s --help explains", cmd->max_args,
               cmd->max_args == 1 ? "" : "s", n, cmd->name);
}

/* A closed stdin, stdout or stderr must not be taken by the next file that is opened: their numbers are
 * filled with something on which the wanted operation fails. */
static void keep_standard_files(void)
{
    static const int mode[] = {O_WRONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", mode[fd]) < 0) _exit(TV_SYSTEM);
}

struct tv_args tv_cmd_parse(const struct tv_cmd *cmd, int argc, char **argv)
{
    tv_program = cmd->name;
    tv_threads_yield(argv);
    keep_standard_files();
    tv_signals_install();
    build_table(cmd);
    char **before = TV_ARRAY(char *, (size_t)entries + 1);
    for (int i = 0; i < entries; i++) before[i] = tv_opt_text_new(&table[i], true);
    tv_help_usage(&usage, cmd, table);
    parse_options(cmd, argc, argv);
    tv_str_release(&usage);
    parse_shard(cmd);
    record_options(before);
    for (int i = 0; i < entries; i++) free(before[i]);
    free(before);
    struct tv_args args = {argv + optind, argc - optind};
    check_operands(cmd, args.n);
    bool binary = (cmd->common & TV_CMD_OUTPUT) && !(cmd->common & TV_CMD_FORCE_TTY);
    if (binary && !tv_common.output && !tv_common.dry_run) tv_output_refuse_terminal();
    tv_common.threads = tv_threads_set((int)threads);
    return args;
}

const char *tv_cmd_input(const struct tv_args *a, int i)
{
    if (i < a->n) return a->at[i];
    if (isatty(STDIN_FILENO))
        tv_die(TV_USAGE, "no input: name a file or use a pipe; %s --help explains", tv_program);
    return "-";
}
