/* core/options.h - what cmd.c does with a table of options (core/opt.h): values from text and back, help
 * pages. */
#ifndef TV_CORE_OPTIONS_H
#define TV_CORE_OPTIONS_H
#include "core/cmd.h"
#include "core/opt.h"
#include "core/str.h"

/* Sets the option's value; flags take no text.  NULL, or what was wanted and what was found (tv_msg). */
const char *tv_opt_set(const struct tv_opt *o, const char *text);
/* The value as text that tv_opt_set() would take, several values (STRINGS) each on a line; "" for an unset
 * flag or string.  Directories of file names are left out when `canonical`.  New string. */
char *tv_opt_text_new(const struct tv_opt *o, bool canonical);
/* Has it a value that --help should show as the default? */
bool tv_opt_has_default(const struct tv_opt *o);
static inline bool tv_opt_takes_value(const struct tv_opt *o) { return o->type != TV_OPT_FLAG; }
static inline bool tv_opt_is_group(const struct tv_opt *o) { return o->type == TV_OPT_GROUP; }

/* The pages, appended to `b`; `opts` is the whole table, common options included. */
void tv_help_usage(struct tv_str *b, const struct tv_cmd *cmd, const struct tv_opt *opts);
/* The man page: a title, then `template` with its lines @SYNOPSIS@ and @OPTIONS@ replaced. */
void tv_help_man(struct tv_str *b, const struct tv_cmd *cmd, const struct tv_opt *opts, const char *template);
/* A bash completion function and its registration. */
void tv_help_completion(struct tv_str *b, const struct tv_cmd *cmd, const struct tv_opt *opts);

#endif
