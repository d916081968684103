/* core/mem.h - memory that is there or ends the program (exit 4), and the one place where sizes are
 * multiplied. */
#ifndef TV_CORE_MEM_H
#define TV_CORE_MEM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* n * size bytes, zeroed; dies when the product overflows or memory is out.  n * size == 0 gives a unique
 * pointer. */
void *tv_alloc(size_t n, size_t size);
/* As realloc(p, n * size); new bytes are not initialised. */
void *tv_realloc(void *p, size_t n, size_t size);
/* n * size bytes at a 64-byte boundary, not initialised; free() frees it. */
void *tv_alloc_aligned(size_t n, size_t size);
char *tv_strdup(const char *s);
char *tv_strndup(const char *s, size_t n); /* s may be NULL when n is 0 */
/* Grows `p` (element size `size`, capacity *cap) so that it holds at least `want` elements; returns the
 * array. */
void *tv_grow(void *p, size_t *cap, size_t want, size_t size);

/* Bytes of memory that this process has resident now, and that it had at most. */
int64_t tv_memory_used(void);
int64_t tv_memory_peak(void);

#define TV_NEW(T)      ((T *)tv_alloc(1, sizeof(T)))
#define TV_ARRAY(T, n) ((T *)tv_alloc((n), sizeof(T)))

/* *out = a * b; false when it does not fit. */
static inline bool tv_mul(size_t a, size_t b, size_t *out) { return !__builtin_mul_overflow(a, b, out); }

#endif
