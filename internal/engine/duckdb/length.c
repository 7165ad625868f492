#include "length.h"

#include <stddef.h>
#include <string.h>

// The part of DuckDB's C interface that is used here. Its header belongs to another module and cannot be included.
extern uint64_t duckdb_data_chunk_get_size(void *chunk);
extern void *duckdb_data_chunk_get_vector(void *chunk, uint64_t column);
extern void *duckdb_vector_get_data(void *vector);
extern uint64_t *duckdb_vector_get_validity(void *vector);
extern void duckdb_vector_ensure_validity_writable(void *vector);

// A text as DuckDB's vectors hold it: up to INLINED bytes lie where the beginning of longer ones and their address do.
typedef struct {
	uint32_t length;
	char begin[4];
	union {
		char more[8];
		const char *all;
	} rest;
} text;

#define INLINED 12

// Compilers make instructions of vectors like these, on every processor that has some.
typedef int8_t lanes __attribute__((vector_size(16)));

// Characters begin with any byte but those that continue one, which are the least as signed numbers.
#define LAST_CONTINUATION (-65)

uint64_t hfs_characters(const char *text, uint64_t bytes) {
	uint64_t count = 0;
	while (bytes >= sizeof(lanes)) {
		uint64_t blocks = bytes / sizeof(lanes);
		if (blocks > 255) { // A lane counts no further.
			blocks = 255;
		}
		lanes counts = {0}, block;
		for (uint64_t i = 0; i < blocks; i++) {
			memcpy(&block, text + i * sizeof block, sizeof block);
			counts -= block > LAST_CONTINUATION;
		}
		uint64_t halves[2];
		memcpy(halves, &counts, sizeof halves);
		for (int i = 0; i < 2; i++) {
			uint64_t pairs = (halves[i] & 0x00ff00ff00ff00ff) + (halves[i] >> 8 & 0x00ff00ff00ff00ff);
			count += pairs * 0x0001000100010001 >> 48;
		}
		text += blocks * sizeof block;
		bytes -= blocks * sizeof block;
	}
	for (uint64_t i = 0; i < bytes; i++) {
		count += (int8_t)text[i] > LAST_CONTINUATION;
	}
	return count;
}

static void length(void *info, void *chunk, void *result) {
	(void)info;
	uint64_t rows = duckdb_data_chunk_get_size(chunk);
	void *from = duckdb_data_chunk_get_vector(chunk, 0);
	const text *texts = duckdb_vector_get_data(from);
	const uint64_t *valid = duckdb_vector_get_validity(from);
	int32_t *lengths = duckdb_vector_get_data(result);
	if (valid) {
		duckdb_vector_ensure_validity_writable(result);
		memcpy(duckdb_vector_get_validity(result), valid, (rows + 63) / 64 * 8);
	}
	for (uint64_t i = 0; i < rows; i++) {
		if (valid && !(valid[i / 64] >> (i % 64) & 1)) {
			continue;
		}
		const char *bytes = texts[i].length <= INLINED ? (const char *)&texts[i] + offsetof(text, begin) : texts[i].rest.all;
		lengths[i] = (int32_t)hfs_characters(bytes, texts[i].length);
	}
}

void *hfs_length_pointer(void) {
	return (void *)length;
}
