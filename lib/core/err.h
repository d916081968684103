/* core/err.h - messages, exit codes and the way out.
 *
 * Only lib/core prints or exits.  Other libraries return NULL, or a message made with tv_msg() that names
 * what was wanted and what was found; the program then dies with it.  A programmer's error is an assert().
 */
#ifndef TV_CORE_ERR_H
#define TV_CORE_ERR_H
#include <stdarg.h>
#include <stdbool.h>

enum tv_exit {
    TV_DONE = 0,   /* done */
    TV_NO = 1,     /* "no": only tv-cmp */
    TV_USAGE = 2,  /* bad command line */
    TV_DATA = 3,   /* bad, truncated or unsupported data */
    TV_SYSTEM = 4, /* I/O or memory */
};

#define TV_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Name printed before every message; set by tv_cmd_parse() from the command's table. */
extern const char *tv_program;
/* -1 with -q (warnings are still counted but not printed), 0, 1 and more with -v. */
extern int tv_verbosity;

/* Prints "program: message\n", runs the registered cleanups (unfinished output files are removed) and exits.
 */
_Noreturn void tv_die(enum tv_exit code, const char *fmt, ...) TV_PRINTF(2, 3);
/* tv_die(TV_SYSTEM) with ": strerror(errno)" appended. */
_Noreturn void tv_die_errno(const char *fmt, ...) TV_PRINTF(1, 2);
/* "program: warning: message\n" unless -q. */
void tv_warn(const char *fmt, ...) TV_PRINTF(1, 2);
/* "program: message\n" unless -q: what a long run has reached. */
void tv_say(const char *fmt, ...) TV_PRINTF(1, 2);
/* A text that was asked for, as it is, in one write; with -q, too. */
void tv_tell(const char *text);
/* "program: message\n" with -v. */
void tv_note(const char *fmt, ...) TV_PRINTF(1, 2);
/* Formats into one of a few per-thread buffers of 1 KiB each and returns it: the error value of library
 * functions. Borrowed: valid until eight further calls in the same thread. */
const char *tv_msg(const char *fmt, ...) TV_PRINTF(1, 2);
/* Dies (exit 3) with a library's message; goes on when it is NULL. */
static inline void tv_check(const char *message)
{
    if (message) tv_die(TV_DATA, "%s", message);
}

/* Called by tv_die and on SIGINT/SIGTERM/SIGHUP before leaving; must be async-signal-safe.  `path` is
 * unlinked unless tv_cleanup_forget(path) came first.  The string is borrowed until then. */
void tv_cleanup_unlink(const char *path);
void tv_cleanup_forget(const char *path);
/* Makes SIGINT, SIGTERM, SIGHUP and SIGPIPE remove unfinished output files before they end the program, and
 * SIGBUS (a mapped input that somebody cuts short) a system error. */
void tv_signals_install(void);
/* The reader of our output is gone: ends quietly, as SIGPIPE does. */
_Noreturn void tv_die_pipe(void);
/* Fuzzers set it to longjmp away instead of exiting. */
extern void (*tv_die_hook)(enum tv_exit code, const char *message);
/* Called before a message is printed: the progress line clears itself. */
extern void (*tv_message_hook)(void);

#endif
