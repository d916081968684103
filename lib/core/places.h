/* core/places.h - where the rows of every tensor lie in an input that can be read again, so that tensors can be
 * taken in another order than theirs, with the memory of a chunk. */
#ifndef TV_CORE_PLACES_H
#define TV_CORE_PLACES_H
#include "core/reader.h"

/* A tensor and how far it was taken. */
struct tv_place {
    struct tv_tensor *t; /* owned by the reader */
    int id;
    int64_t rows; /* as declared: -1 when that did not say how many */
    size_t group; /* tensors declared together have the same */
    uint64_t *at; /* offsets of the records of its rows */
    size_t n, cap;
    size_t next;          /* record that comes next */
    struct tv_record rec; /* the record under way */
    bool in_place;        /* its data stays, so that it may be given in pieces */
    int64_t row;          /* rows of it that were given */
    int64_t given;        /* rows given in all */
    bool done;            /* all were given, or nobody wants more */
};
struct tv_places {
    struct tv_place *at; /* in the order of declaration */
    size_t n, cap, groups;
    struct tv_index names;
    bool rows_seen; /* since the last declaration: the next one starts a group */
};

/* What tv_reader_next gave, from any declaration on: tensors and rows; the rest is passed over. */
void tv_places_add(struct tv_places *p, const struct tv_reader *r, const struct tv_record *rec);
/* The place of a tensor that is not done, or NULL. */
struct tv_place *tv_places_find(const struct tv_places *p, const char *name);
/* The next rows: about a megabyte of those that lie in memory as they are, else a record's; false, and
 * done, when there are no more.  Borrowed until the next call for a place of the same reader. */
bool tv_place_next(struct tv_place *p, struct tv_reader *r, struct tv_record *rec);
void tv_places_release(struct tv_places *p);

#endif
