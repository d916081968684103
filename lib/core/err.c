/* core/err.c - see err.h.  Files to unlink sit in a fixed table of atomic pointers, so that the signal
 * handler can walk it at any moment. */
#include "core/err.h"
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *tv_program = "tv";
int tv_verbosity = 0;
void (*tv_die_hook)(enum tv_exit code, const char *message);
void (*tv_message_hook)(void);

enum { MAX_CLEANUPS = 64, MESSAGE_SIZE = 4096, MSG_SIZE = 1024, MSG_COUNT = 8 };
static _Atomic(const char *) cleanups[MAX_CLEANUPS];
static atomic_bool ending; /* a signal has come: no file may be begun any more */

void tv_cleanup_unlink(const char *path)
{
    for (int i = 0; i < MAX_CLEANUPS; i++) {
        const char *empty = NULL;
        if (!atomic_compare_exchange_strong(&cleanups[i], &empty, path)) continue;
        while (atomic_load(&ending)) pause(); /* the thread that met the signal ends the program */
        return;
    }
    tv_die(TV_SYSTEM, "%s: more than %d unfinished output files", path, MAX_CLEANUPS);
}

void tv_cleanup_forget(const char *path)
{
    for (int i = 0; i < MAX_CLEANUPS; i++) {
        const char *p = path;
        if (atomic_compare_exchange_strong(&cleanups[i], &p, NULL)) return;
    }
}

static void run_cleanups(void)
{
    for (int i = 0; i < MAX_CLEANUPS; i++) {
        const char *p = atomic_exchange(&cleanups[i], NULL);
        if (p) unlink(p);
    }
}

/* Ends as the signal would have ended the program, so that the shell and make see it. */
static void on_signal(int sig)
{
    atomic_store(&ending, true);
    run_cleanups();
    signal(sig, SIG_DFL);
    raise(sig);
}

/* To stderr; there is nobody to tell when that fails. */
static void write_all(const char *text, size_t n)
{
    while (n) {
        ssize_t k = write(STDERR_FILENO, text, n);
        if (k <= 0) return;
        text += k;
        n -= (size_t)k;
    }
}

/* A mapped input was cut short by somebody else while it was read. */
static void on_bus_error(int sig)
{
    static const char text[] = ": an input file became shorter while it was read\n";
    (void)sig;
    run_cleanups();
    write_all(tv_program, strlen(tv_program));
    write_all(text, sizeof text - 1);
    _exit(TV_SYSTEM);
}

void tv_signals_install(void)
{
    signal(SIGBUS, on_bus_error);
    static const int sigs[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    for (size_t i = 0; i < sizeof sigs / sizeof *sigs; i++) {
        struct sigaction old, act = {.sa_handler = on_signal};
        sigemptyset(&act.sa_mask);
        /* What the parent ignores (nohup) stays ignored; the writer meets EPIPE by itself. */
        if (sigaction(sigs[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) sigaction(sigs[i], &act, NULL);
    }
}

_Noreturn void tv_die_pipe(void)
{
    sigset_t set;
    run_cleanups();
    signal(SIGPIPE, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(SIGPIPE);
    _exit(128 + SIGPIPE);
}

/* One write a message, so that the lines of programs in a pipeline do not mix. */
static void print(const char *kind, const char *message)
{
    char line[MESSAGE_SIZE + 128];
    int n = snprintf(line, sizeof line, "%s: %s%s", tv_program, kind, message);
    if (n < 0) return;
    if ((size_t)n > sizeof line - 2) n = sizeof line - 2;
    line[n] = '\n';
    if (tv_message_hook) tv_message_hook();
    write_all(line, (size_t)n + 1);
}

static _Noreturn void leave(enum tv_exit code, const char *message)
{
    static atomic_flag dying = ATOMIC_FLAG_INIT;
    if (tv_die_hook) tv_die_hook(code, message);
    while (atomic_flag_test_and_set(&dying)) pause(); /* another thread is already on its way out */
    print("", message);
    run_cleanups();
    _exit(code);
}

_Noreturn void tv_die(enum tv_exit code, const char *fmt, ...)
{
    char message[MESSAGE_SIZE];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    leave(code, message);
}

_Noreturn void tv_die_errno(const char *fmt, ...)
{
    char message[MESSAGE_SIZE];
    int error = errno;
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof message)
        snprintf(message + n, sizeof message - (size_t)n, ": %s", strerror(error));
    leave(TV_SYSTEM, message);
}

void tv_warn(const char *fmt, ...)
{
    if (tv_verbosity < 0) return;
    char message[MESSAGE_SIZE];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    print("warning: ", message);
}

static void print_from(int verbosity, const char *fmt, va_list ap)
{
    if (tv_verbosity < verbosity) return;
    char message[MESSAGE_SIZE];
    vsnprintf(message, sizeof message, fmt, ap);
    print("", message);
}

void tv_say(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    print_from(0, fmt, ap);
    va_end(ap);
}

void tv_tell(const char *text)
{
    if (tv_message_hook) tv_message_hook();
    write_all(text, strlen(text));
}

void tv_note(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    print_from(1, fmt, ap);
    va_end(ap);
}

const char *tv_msg(const char *fmt, ...)
{
    static _Thread_local char ring[MSG_COUNT][MSG_SIZE];
    static _Thread_local unsigned turn;
    /* Formatted aside first: an argument may be an earlier message. */
    char text[MSG_SIZE], *out = ring[turn++ % MSG_COUNT];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return memcpy(out, text, sizeof text);
}
