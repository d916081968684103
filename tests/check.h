/* tests/check.h - what a C test needs: CHECK macros that count, say where they failed and go on.
 * A test program ends with `return check_done();`, whose last line is "N passed, N failed". */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H
#include <math.h>
#include <stdio.h>
#include <string.h>

static int check_passed, check_failed, check_skipped;

#define CHECK(cond)           check_one((cond), __FILE__, __LINE__, #cond)
#define CHECK_NEAR(a, b, tol) check_near((a), (b), (tol), __FILE__, __LINE__, #a " ~ " #b)
#define CHECK_STR(a, b)       check_str((a), (b), __FILE__, __LINE__, #a)
#define SKIP(why)             (check_skipped++, printf("skipped: %s\n", why))

static inline int check_one(int ok, const char *file, int line, const char *what)
{
    if (ok) return check_passed++, 1;
    check_failed++;
    printf("%s:%d: failed: %s\n", file, line, what);
    return 0;
}
static inline int check_near(double a, double b, double tol, const char *file, int line, const char *what)
{
    if (fabs(a - b) <= tol) return check_passed++, 1;
    check_failed++;
    printf("%s:%d: failed: %s: %.9g and %.9g differ by more than %g\n", file, line, what, a, b, tol);
    return 0;
}
static inline int check_str(const char *a, const char *b, const char *file, int line, const char *what)
{
    if (a && b && !strcmp(a, b)) return check_passed++, 1;
    check_failed++;
    printf("%s:%d: failed: %s: got \"%s\", want \"%s\"\n", file, line, what, a ? a : "(null)",
           b ? b : "(null)");
    return 0;
}
static inline int check_done(void)
{
    printf("%d passed, %d failed", check_passed, check_failed);
    printf(check_skipped ? ", %d skipped\n" : "\n", check_skipped);
    return check_failed != 0;
}
#endif
