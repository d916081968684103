/* core/opt.h - one table of options a program: getopt_long, --help, the man page's SYNOPSIS and OPTIONS, the
 * shell completions and the history's canonical form all come from it. */
#ifndef TV_CORE_OPT_H
#define TV_CORE_OPT_H
#include <stdbool.h>
#include <stdint.h>

enum tv_opt_type {
    TV_OPT_FLAG,    /* bool */
    TV_OPT_INT,     /* int64_t */
    TV_OPT_DOUBLE,  /* double */
    TV_OPT_SIZE,    /* uint64_t bytes: 512M, 1.5G */
    TV_OPT_SHARE,   /* double: "10%" or "0.1" -> 0.1 */
    TV_OPT_STRING,  /* const char * */
    TV_OPT_CHOICE,  /* int: index into `choices` */
    TV_OPT_STRINGS, /* struct tv_strings: the option may be repeated */
    TV_OPT_GROUP,   /* no option: a heading for --help and the man page (in `help`) */
};
struct tv_strings {
    const char **at;
    int n;
};
enum { TV_OPT_NODATA = 1, /* cannot change the output's data: left out of the history */ };

struct tv_opt {
    const char *name; /* long name without dashes */
    int letter;       /* short name or 0 */
    enum tv_opt_type type;
    void *value;                /* holds the default before parsing */
    const char *metavar;        /* "FILE", "N"; NULL for flags */
    const char *help;           /* one sentence; the default is added from `value` where it has one */
    const char *const *choices; /* CHOICE: NULL-terminated */
    double min, max; /* INT, DOUBLE, SHARE: bounds when min < max; an INT below them is not given */
    unsigned flags;
};
#define TV_OPTS_END                                                                                          \
    {                                                                                                        \
        .name = NULL                                                                                         \
    }

#endif
