/* core/help.c - pages made from a table of options: --help, the man page, the shell completion. */
#include "core/mem.h"
#include "core/options.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 80, HELP_COLUMN = 27 };

/* What stands for the value: "FILE", or the choices. */
static void add_metavar(struct tv_str *b, const struct tv_opt *o)
{
    if (o->type == TV_OPT_CHOICE && !o->metavar)
        for (int i = 0; o->choices[i]; i++) tv_str_add(b, "%s%s", i ? "|" : "", o->choices[i]);
    else
        tv_str_add(b, "%s", o->metavar ? o->metavar : "VALUE");
}

/* The option's sentence with its choices and its default.  New string. */
static char *sentence_new(const struct tv_opt *o)
{
    struct tv_str b = {0};
    tv_str_add(&b, "%s", o->help);
    if (o->type == TV_OPT_CHOICE && o->metavar) {
        tv_str_add(&b, "; %s is ", o->metavar);
        for (int i = 0; o->choices[i]; i++)
            tv_str_add(&b, "%s%s", !i ? "" : o->choices[i + 1] ? ", " : " or ", o->choices[i]);
    }
    if (o->type == TV_OPT_STRINGS) tv_str_add(&b, " (repeatable)");
    if (tv_opt_has_default(o)) {
        char *value = tv_opt_text_new(o, false);
        if (o->type == TV_OPT_SHARE) {
            tv_str_add(&b, " (default: %g%%)", 100 * *(double *)o->value);
        } else {
            tv_str_add(&b, " (default: %s)", value);
        }
        free(value);
    }
    return b.s;
}

/* ---- --help ---- */

/* Words of `text` from column `at` on, wrapped, continued at column `indent`. */
static void add_wrapped(struct tv_str *b, const char *text, int at, int indent)
{
    while (*text) {
        int n = (int)strcspn(text, " \n");
        if (at > indent && at + 1 + n > COLUMNS) {
            tv_str_add(b, "\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            tv_str_add(b, " ");
            at++;
        }
        tv_str_put(b, text, (size_t)n);
        at += n;
        text += n + (text[n] != 0);
    }
    tv_str_add(b, "\n");
}

static void add_option(struct tv_str *b, const struct tv_opt *o)
{
    struct tv_str left = {0};
    if (o->letter)
        tv_str_add(&left, "  -%c, --%s", o->letter, o->name);
    else
        tv_str_add(&left, "      --%s", o->name);
    if (tv_opt_takes_value(o)) {
        tv_str_add(&left, "=");
        add_metavar(&left, o);
    }
    char *text = sentence_new(o);
    if ((int)left.len + 1 < HELP_COLUMN)
        tv_str_add(b, "%-*s", HELP_COLUMN, left.s);
    else
        tv_str_add(b, "%s\n%*s", left.s, HELP_COLUMN, "");
    add_wrapped(b, text, HELP_COLUMN, HELP_COLUMN);
    free(text);
    tv_str_release(&left);
}

void tv_help_usage(struct tv_str *b, const struct tv_cmd *cmd, const struct tv_opt *opts)
{
    if (cmd->example) tv_str_add(b, "Example: %s\n\n", cmd->example);
    tv_str_add(b, "Usage: %s [OPTION]...%s%s\n", cmd->name, *cmd->operands ? " " : "", cmd->operands);
    char *summary = tv_format_new("%s.", cmd->summary);
    *summary = (char)toupper((unsigned char)*summary);
    add_wrapped(b, summary, 0, 0);
    free(summary);
    if (!tv_opt_is_group(opts)) tv_str_add(b, "\nOptions:\n");
    for (const struct tv_opt *o = opts; o->name || tv_opt_is_group(o); o++) {
        if (tv_opt_is_group(o))
            tv_str_add(b, "\n%s:\n", o->help);
        else
            add_option(b, o);
    }
    tv_str_add(b, "\nThe manual: man %s\n", cmd->name);
}

/* ---- the man page ---- */

static void add_roff(struct tv_str *b, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == '-')
            tv_str_add(b, "\\-");
        else if (*p == '\\')
            tv_str_add(b, "\\e");
        else if (p == text && (*p == '.' || *p == '\''))
            tv_str_add(b, "\\&%c", *p);
        else
            tv_str_put(b, p, 1);
    }
}

static void add_man_synopsis(struct tv_str *b, const struct tv_cmd *cmd)
{
    tv_str_add(b, ".SH SYNOPSIS\n.B ");
    add_roff(b, cmd->name);
    tv_str_add(b, "\n[\\fIOPTION\\fR]...\\&");
    if (*cmd->operands) tv_str_add(b, "\n");
    add_roff(b, cmd->operands);
    tv_str_add(b, "\n");
}

static void add_man_options(struct tv_str *b, const struct tv_opt *opts)
{
    tv_str_add(b, ".SH OPTIONS\n");
    for (const struct tv_opt *o = opts; o->name || tv_opt_is_group(o); o++) {
        if (tv_opt_is_group(o)) {
            tv_str_add(b, ".SS ");
            add_roff(b, o->help);
            tv_str_add(b, "\n");
            continue;
        }
        tv_str_add(b, ".TP\n");
        if (o->letter) tv_str_add(b, "\\fB\\-%c\\fR, ", o->letter);
        tv_str_add(b, "\\fB\\-\\-");
        add_roff(b, o->name);
        tv_str_add(b, "\\fR");
        if (tv_opt_takes_value(o)) {
            struct tv_str value = {0};
            add_metavar(&value, o);
            tv_str_add(b, "=\\fI");
            add_roff(b, value.s);
            tv_str_add(b, "\\fR");
            tv_str_release(&value);
        }
        char *text = sentence_new(o);
        tv_str_add(b, "\n");
        add_roff(b, text);
        tv_str_add(b, ".\n");
        free(text);
    }
}

void tv_help_man(struct tv_str *b, const struct tv_cmd *cmd, const struct tv_opt *opts, const char *template)
{
    char *upper = tv_strdup(cmd->name);
    for (char *p = upper; *p; p++) *p = (char)toupper((unsigned char)*p);
    tv_str_add(b, ".TH %s 1 \"\" \"tv %s\" \"tv manual\"\n", upper, TV_VERSION);
    free(upper);
    while (*template) {
        size_t n = strcspn(template, "\n");
        if (n == 10 && !strncmp(template, "@SYNOPSIS@", n))
            add_man_synopsis(b, cmd);
        else if (n == 9 && !strncmp(template, "@OPTIONS@", n))
            add_man_options(b, opts);
        else {
            tv_str_put(b, template, n);
            tv_str_add(b, "\n");
        }
        template += n + (template[n] != 0);
    }
}

/* ---- completion ---- */

/* "-o|--output" as a pattern of case. */
static void add_pattern(struct tv_str *b, const struct tv_opt *o)
{
    if (o->letter) tv_str_add(b, "-%c|", o->letter);
    tv_str_add(b, "--%s", o->name);
}

void tv_help_completion(struct tv_str *b, const struct tv_cmd *cmd, const struct tv_opt *opts)
{
    char *function = tv_format_new("_%s", cmd->name);
    for (char *p = function; *p; p++)
        if (*p == '-') *p = '_';
    tv_str_add(b, "%s() {\n    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n",
               function);
    tv_str_add(b, "    case $prev in\n");
    for (const struct tv_opt *o = opts; o->name || tv_opt_is_group(o); o++) {
        if (tv_opt_is_group(o) || !tv_opt_takes_value(o)) continue;
        tv_str_add(b, "    ");
        add_pattern(b, o);
        if (o->type == TV_OPT_CHOICE) {
            tv_str_add(b, ") COMPREPLY=($(compgen -W \"");
            for (int i = 0; o->choices[i]; i++) tv_str_add(b, "%s%s", i ? " " : "", o->choices[i]);
            tv_str_add(b, "\" -- \"$cur\")); return ;;\n");
        } else if (o->type == TV_OPT_STRING || o->type == TV_OPT_STRINGS) {
            tv_str_add(b, ") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n");
        } else {
            tv_str_add(b, ") return ;;\n");
        }
    }
    tv_str_add(b, "    esac\n    case $cur in\n    -*) COMPREPLY=($(compgen -W \"");
    bool first = true;
    for (const struct tv_opt *o = opts; o->name || tv_opt_is_group(o); o++) {
        if (tv_opt_is_group(o)) continue;
        tv_str_add(b, "%s--%s", first ? "" : " ", o->name);
        first = false;
    }
    tv_str_add(b, "\" -- \"$cur\")) ;;\n    *) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n    esac\n}\n");
    tv_str_add(b, "complete -o filenames -F %s %s\n", function, cmd->name);
    free(function);
}
