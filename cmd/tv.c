/* tv - runs the programs as git does its own: `tv rank ...` is `tv-rank ...`; `tv help` lists them. */
#include "core/cmd.h"
#include "core/mem.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct tv_opt opts[] = {TV_OPTS_END};

static const struct tv_cmd cmd = {
    .name = "tv",
    .summary = "explain what a neural network kept, changed and forgot when it was fine-tuned",
    .purpose = "stream",
    .operands = "NAME [ARGUMENT...] | help [NAME]",
    .example = "tv help",
    .opts = opts,
    .common = TV_CMD_FORCE_TTY,
    .max_args = -1,
};

/* Groups of the list, in the order of the work. */
static const struct {
    const char *purpose, *title;
} groups[] = {{"data", "Data in and out"},
              {"model", "Running and training models"},
              {"analysis", "Analysis"},
              {"figure", "Figures and reports"},
              {"stream", "Any stream"}};

/* Becomes tv-NAME, found beside this program or in PATH; returns when there is none. */
static void become(const char *dir, char **argv)
{
    char *name = tv_format_new("tv-%s", argv[0]), *path = tv_format_new("%s%s", dir, name);
    argv[0] = path;
    execv(path, argv);
    argv[0] = name;
    execvp(name, argv);
    if (errno != ENOENT) tv_die_errno("%s", name);
}

/* The line that `path --help-summary` prints: purpose, name, summary; NULL when it fails.  New list. */
static char **summary_new(const char *path)
{
    char line[1024];
    int fd[2], status;
    size_t have = 0;
    if (pipe(fd)) tv_die_errno("pipe");
    pid_t child = fork();
    if (child < 0) tv_die_errno("fork");
    if (child == 0) {
        dup2(fd[1], STDOUT_FILENO);
        execl(path, path, "--help-summary", (char *)NULL);
        _exit(TV_SYSTEM);
    }
    close(fd[1]);
    for (ssize_t k; have < sizeof line - 1 && (k = read(fd[0], line + have, sizeof line - 1 - have)) > 0;)
        have += (size_t)k;
    close(fd[0]);
    line[have] = 0;
    line[strcspn(line, "\n")] = 0;
    bool ok = waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == TV_DONE;
    size_t fields = 0;
    char **list = ok ? tv_split_new(line, '\t', &fields) : NULL;
    if (list && fields == 3) return list;
    tv_split_free(list);
    return NULL;
}

static int is_program(const struct dirent *e) { return !strncmp(e->d_name, "tv-", 3); }

static void list_programs(const char *dir)
{
    struct dirent **entry;
    struct tv_str page = {0};
    int n = scandir(dir, &entry, is_program, alphasort);
    if (n < 0) tv_die_errno("%s", dir);
    char ***summary = TV_ARRAY(char **, (size_t)n + 1);
    for (int i = 0; i < n; i++) {
        char *path = tv_format_new("%s%s", dir, entry[i]->d_name);
        summary[i] = summary_new(path);
        free(path);
    }
    tv_str_add(&page, "usage: tv NAME [ARGUMENT...]\n");
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        tv_str_add(&page, "\n%s\n", groups[g].title);
        for (int i = 0; i < n; i++)
            if (summary[i] && !strcmp(summary[i][0], groups[g].purpose))
                tv_str_add(&page, "  %-10s %s\n", summary[i][1] + 3, summary[i][2]);
    }
    tv_str_add(&page, "\n`tv help NAME` explains one; tv(7) the concepts, tv(5) the file format.\n");
    tv_file_write(NULL, page.s, page.len);
}

static _Noreturn void die_unknown(const char *dir, const char *name)
{
    struct dirent **entry;
    int n = scandir(dir, &entry, is_program, alphasort);
    const char **names = TV_ARRAY(const char *, (size_t)(n > 0 ? n : 0) + 1);
    for (int i = 0; i < n; i++) names[i] = entry[i]->d_name + 3;
    const char *near = tv_nearest(name, names);
    if (near) tv_die(TV_USAGE, "no program tv-%s; did you mean %s?", name, near);
    tv_die(TV_USAGE, "no program tv-%s; tv help lists them", name);
}

/* The man page on a terminal that has one, else --help. */
static void help_program(const char *dir, char *name)
{
    char *page = tv_format_new("tv-%s", name), *find = tv_format_new("man -w %s >/dev/null 2>&1", page);
    bool word =
        !name[strspn(name, "abcdefghijklmnopqrstuvwxyz-")]; /* nothing that the shell would read otherwise */
    if (word && isatty(STDOUT_FILENO) && system(find) == 0) execlp("man", "man", page, (char *)NULL);
    become(dir, (char *[]){name, "--help", NULL});
}

int main(int argc, char **argv)
{
    char *dir = tv_program_dir_new();
    bool help = argc > 1 && !strcmp(argv[1], "help");
    if (argc > 1 && !help && argv[1][0] != '-') {
        char *name = argv[1];
        become(dir, argv + 1);
        tv_program = "tv";
        die_unknown(dir, name);
    }
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    if (in.n > 1) {
        help_program(dir, in.at[1]);
        die_unknown(dir, in.at[1]);
    }
    list_programs(dir);
    free(dir);
    return TV_DONE;
}
