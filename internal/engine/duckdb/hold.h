// Chunks of one query that are handed to another one without copying their texts.
#ifndef HFSPARK_HOLD_H
#define HFSPARK_HOLD_H

#include <stdint.h>

// A chunk that is kept: flat vectors, and what the texts in them need to stay.
typedef struct hfs_held {
	struct hfs_held *before, *after; // in the list of its holder
	uint64_t rows;
	uint32_t columns;
	void **vectors; // the columns
	void **pins;    // for each column what owns its texts, or null
} hfs_held;

// The chunks of one query that were kept and not taken yet.
typedef struct hfs_holder hfs_holder;

// A query that keeps its chunks and yields them one by one.
typedef struct hfs_stream {
	hfs_holder *holder;
	void *result[6]; // a duckdb_result
	uint64_t rows;   // yielded so far
	int ended;
	const char *failure; // of this file's own making; DuckDB's errors are in the result
} hfs_stream;

hfs_stream *hfs_stream_new(void);
void hfs_stream_free(hfs_stream *s);

// Sets the result that the stream reads; the caller frees both.
void hfs_stream_result(hfs_stream *s, const void *result);

// Returns the next chunk, to be freed with hfs_held_free, or null at the end and on errors.
hfs_held *hfs_stream_next(hfs_stream *s);

void hfs_held_free(hfs_held *h);

// Makes vector i of a chunk share the values of column places[i], where that is not negative.
void hfs_held_reference(const hfs_held *h, void *chunk, const int32_t *places, uint64_t count);

// The callback of the scalar function that keeps chunks: its first argument is the address of a holder, the others are the
// columns; its result is the address of what it kept.
void hfs_hold(void *info, void *chunk, void *result);
void *hfs_hold_pointer(void);

#endif
