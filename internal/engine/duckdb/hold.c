#include "hold.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// The part of DuckDB's C interface that is used here. Its header belongs to another module and cannot be included.
typedef struct {
	uint64_t columns, rows, changed;
	void *deprecated_columns, *deprecated_error, *internal;
} duckdb_result;
extern void *duckdb_fetch_chunk(duckdb_result result);
extern uint64_t duckdb_data_chunk_get_size(void *chunk);
extern uint64_t duckdb_data_chunk_get_column_count(void *chunk);
extern void *duckdb_data_chunk_get_vector(void *chunk, uint64_t column);
extern void duckdb_destroy_data_chunk(void **chunk);
extern void *duckdb_create_vector(void *type, uint64_t capacity);
extern void duckdb_destroy_vector(void **vector);
extern void *duckdb_vector_get_column_type(void *vector);
extern void *duckdb_vector_get_data(void *vector);
extern uint64_t *duckdb_vector_get_validity(void *vector);
extern void duckdb_vector_ensure_validity_writable(void *vector);
extern void duckdb_vector_reference_vector(void *to, void *from);
extern void duckdb_vector_copy_sel(void *from, void *to, void *selection, uint64_t count, uint64_t from_offset, uint64_t to_offset);
extern void *duckdb_create_selection_vector(uint64_t size);
extern uint32_t *duckdb_selection_vector_get_data_ptr(void *selection);
extern void duckdb_destroy_selection_vector(void *selection);
extern int duckdb_get_type_id(void *type);
extern int duckdb_decimal_internal_type(void *type);
extern void duckdb_destroy_logical_type(void **type);
extern void duckdb_scalar_function_set_error(void *info, const char *message);

struct hfs_holder {
	pthread_mutex_t lock; // chunks are kept by the threads that run the query
	hfs_held *first;
};

// The numbers of types in DuckDB's interface.
enum {
	BOOLEAN = 1, TINYINT, SMALLINT, INTEGER, BIGINT, UTINYINT, USMALLINT, UINTEGER, UBIGINT, FLOAT, DOUBLE, TIMESTAMP, DATE,
	TIME, INTERVAL, HUGEINT, VARCHAR, BLOB, DECIMAL, TIMESTAMP_TZ = 31
};

// width is the number of bytes of a value in a flat vector, or 0 where a value has parts elsewhere that are not texts.
static uint64_t width(int id) {
	switch (id) {
	case BOOLEAN:
	case TINYINT:
	case UTINYINT:
		return 1;
	case SMALLINT:
	case USMALLINT:
		return 2;
	case INTEGER:
	case UINTEGER:
	case FLOAT:
	case DATE:
		return 4;
	case BIGINT:
	case UBIGINT:
	case DOUBLE:
	case TIMESTAMP:
	case TIMESTAMP_TZ:
	case TIME:
		return 8;
	case INTERVAL:
	case HUGEINT:
	case VARCHAR:
	case BLOB:
		return 16;
	}
	return 0;
}

// The most rows that a chunk has.
#define VECTOR_SIZE 2048

// keep makes a vector with the values of a flat one, whose own memory DuckDB uses again for the next chunk. What texts point
// to is not used again: it lasts as long as a vector that refers to it, which is the pin.
static void *keep(void *from, uint64_t rows, void **pin) {
	void *type = duckdb_vector_get_column_type(from);
	int id = duckdb_get_type_id(type);
	uint64_t bytes = width(id == DECIMAL ? duckdb_decimal_internal_type(type) : id);
	void *to = duckdb_create_vector(type, VECTOR_SIZE);
	if (bytes) {
		memcpy(duckdb_vector_get_data(to), duckdb_vector_get_data(from), rows * bytes);
		uint64_t *valid = duckdb_vector_get_validity(from);
		if (valid) {
			duckdb_vector_ensure_validity_writable(to);
			memcpy(duckdb_vector_get_validity(to), valid, (rows + 63) / 64 * 8);
		}
		if (id == VARCHAR || id == BLOB) {
			*pin = duckdb_create_vector(type, 1);
			duckdb_vector_reference_vector(*pin, from);
		}
	} else {
		void *all = duckdb_create_selection_vector(rows);
		uint32_t *at = duckdb_selection_vector_get_data_ptr(all);
		for (uint64_t i = 0; i < rows; i++) {
			at[i] = (uint32_t)i;
		}
		duckdb_vector_copy_sel(from, to, all, rows, 0, 0);
		duckdb_destroy_selection_vector(all);
	}
	duckdb_destroy_logical_type(&type);
	return to;
}

void hfs_hold(void *info, void *chunk, void *result) {
	uint64_t rows = duckdb_data_chunk_get_size(chunk);
	uint32_t columns = (uint32_t)duckdb_data_chunk_get_column_count(chunk) - 1;
	hfs_holder *holder = *(hfs_holder **)duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
	hfs_held *h = calloc(1, sizeof *h + 2 * columns * sizeof(void *));
	if (!h) {
		duckdb_scalar_function_set_error(info, "there is no memory to keep a chunk");
		return;
	}
	h->rows = rows;
	h->columns = columns;
	h->vectors = (void **)(h + 1);
	h->pins = h->vectors + columns;
	for (uint32_t i = 0; i < columns; i++) {
		h->vectors[i] = keep(duckdb_data_chunk_get_vector(chunk, i + 1), rows, &h->pins[i]);
	}
	pthread_mutex_lock(&holder->lock);
	h->after = holder->first;
	if (h->after) {
		h->after->before = h;
	}
	holder->first = h;
	pthread_mutex_unlock(&holder->lock);
	hfs_held **out = duckdb_vector_get_data(result);
	for (uint64_t i = 0; i < rows; i++) {
		out[i] = h;
	}
}

void *hfs_hold_pointer(void) {
	return (void *)hfs_hold;
}

void hfs_held_free(hfs_held *h) {
	if (!h) {
		return;
	}
	for (uint32_t i = 0; i < h->columns; i++) {
		duckdb_destroy_vector(&h->vectors[i]);
		if (h->pins[i]) {
			duckdb_destroy_vector(&h->pins[i]);
		}
	}
	free(h);
}

void hfs_held_reference(const hfs_held *h, void *chunk, const int32_t *places, uint64_t count) {
	for (uint64_t i = 0; i < count; i++) {
		if (places[i] >= 0) {
			duckdb_vector_reference_vector(duckdb_data_chunk_get_vector(chunk, i), h->vectors[places[i]]);
		}
	}
}

hfs_stream *hfs_stream_new(void) {
	hfs_stream *s = calloc(1, sizeof *s);
	hfs_holder *holder = calloc(1, sizeof *holder);
	if (!s || !holder) {
		free(s);
		free(holder);
		return 0;
	}
	pthread_mutex_init(&holder->lock, 0);
	s->holder = holder;
	return s;
}

void hfs_stream_free(hfs_stream *s) {
	for (hfs_held *h = s->holder->first; h;) {
		hfs_held *after = h->after;
		hfs_held_free(h);
		h = after;
	}
	pthread_mutex_destroy(&s->holder->lock);
	free(s->holder);
	free(s);
}

void hfs_stream_result(hfs_stream *s, const void *result) {
	memcpy(s->result, result, sizeof s->result);
}

// take removes a chunk from the list of those not taken.
static void take(hfs_holder *holder, hfs_held *h) {
	pthread_mutex_lock(&holder->lock);
	if (h->before) {
		h->before->after = h->after;
	} else {
		holder->first = h->after;
	}
	if (h->after) {
		h->after->before = h->before;
	}
	pthread_mutex_unlock(&holder->lock);
	h->before = h->after = 0;
}

hfs_held *hfs_stream_next(hfs_stream *s) {
	while (!s->ended) {
		duckdb_result result;
		memcpy(&result, s->result, sizeof result);
		void *chunk = duckdb_fetch_chunk(result);
		if (!chunk) {
			break;
		}
		uint64_t rows = duckdb_data_chunk_get_size(chunk);
		hfs_held *h = rows ? *(hfs_held **)duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0)) : 0;
		duckdb_destroy_data_chunk(&chunk);
		if (!h) {
			continue;
		}
		if (h->rows != rows) {
			s->failure = "a kept chunk came back with another number of rows";
			break;
		}
		take(s->holder, h);
		s->rows += rows;
		return h;
	}
	s->ended = 1;
	return 0;
}
