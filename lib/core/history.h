/* core/history.h - the part of the history that cmd.c fills in; the rest of the interface is in cmd.h. */
#ifndef TV_CORE_HISTORY_H
#define TV_CORE_HISTORY_H

/* One option of this run that can change the data, as "--name=value"; called in table order. */
void tv_history_option(const char *canonical);

#endif
