/* core/output.h - where bytes leave the program: stdout, a device, or a file under a temporary name until it
 * is complete.  Dies (exit 4) when anything fails; a reader that went away ends the program quietly
 * (SIGPIPE). */
#ifndef TV_CORE_OUTPUT_H
#define TV_CORE_OUTPUT_H
#include <stdbool.h>
#include <stddef.h>

struct tv_output {
    int fd;
    char *name;   /* path, for messages too */
    char *temp;   /* temporary name; NULL when written in place */
    char *buffer; /* of small writes */
    size_t buffered;
};

/* `path` NULL or "-": stdout, refused (exit 2) when `binary` and it is a terminal. */
void tv_output_open(struct tv_output *o, const char *path, bool binary);
void tv_output_write(struct tv_output *o, const void *bytes, size_t n);
/* Renames the file to its name. */
void tv_output_close(struct tv_output *o);
/* A pipe at either end of a program is made to hold a chunk of a stream, so that both sides work at once. */
void tv_output_widen(int fd);
/* Exit 2 with a hint when stdout is a terminal. */
void tv_output_refuse_terminal(void);

#endif
