#include "shim.h"

#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"

// The part of DuckDB's C interface that is used here. Its header belongs to another module and cannot be included.
typedef void (*duckdb_delete_callback_t)(void *);
extern void duckdb_unsafe_vector_assign_string_element_len(void *vector, uint64_t index, const char *data, uint64_t length);
extern void duckdb_table_function_set_extra_info(void *function, void *extra, duckdb_delete_callback_t destroy);
extern void duckdb_scalar_function_set_extra_info(void *function, void *extra, duckdb_delete_callback_t destroy);
extern void duckdb_bind_set_bind_data(void *info, void *data, duckdb_delete_callback_t destroy);
extern void duckdb_init_set_init_data(void *info, void *data, duckdb_delete_callback_t destroy);
extern void *duckdb_bind_get_extra_info(void *info);
extern void *duckdb_init_get_bind_data(void *info);
extern void *duckdb_function_get_bind_data(void *info);
extern void *duckdb_function_get_init_data(void *info);
extern void *duckdb_function_get_local_init_data(void *info);
extern void duckdb_init_set_error(void *info, const char *message);
extern void duckdb_data_chunk_set_size(void *chunk, uint64_t size);
extern void *duckdb_scalar_function_get_extra_info(void *info);

#define HFS_ASSIGN(name, type)                                                                                         \
	void name(void *vector, uint64_t at, const char *data, const type *offsets, uint64_t count, const uint8_t *valid,  \
	          uint64_t skip) {                                                                                         \
		for (uint64_t i = 0; i < count; i++) {                                                                         \
			uint64_t bit = i + skip;                                                                                   \
			if (valid && !(valid[bit >> 3] & (1 << (bit & 7)))) {                                                      \
				continue;                                                                                              \
			}                                                                                                          \
			duckdb_unsafe_vector_assign_string_element_len(vector, at + i, data + offsets[i],                          \
			                                               (uint64_t)(offsets[i + 1] - offsets[i]));                   \
		}                                                                                                              \
	}

HFS_ASSIGN(hfs_assign_strings32, int32_t)
HFS_ASSIGN(hfs_assign_strings64, int64_t)

static void release_handle(void *handle) {
	hfsRelease((uintptr_t)handle);
}

void hfs_table_function_extra(void *function, uintptr_t handle) {
	// No destructor: DuckDB copies functions, so the extra information lives as long as the database.
	duckdb_table_function_set_extra_info(function, (void *)handle, 0);
}

void hfs_scalar_function_extra(void *function, uintptr_t handle) {
	duckdb_scalar_function_set_extra_info(function, (void *)handle, 0);
}

void hfs_bind_data(void *info, uintptr_t handle) {
	duckdb_bind_set_bind_data(info, (void *)handle, release_handle);
}

void hfs_init_data(void *info, uintptr_t handle) {
	duckdb_init_set_init_data(info, (void *)handle, release_handle);
}

void hfs_bind(void *info) {
	hfsBind(info, (uintptr_t)duckdb_bind_get_extra_info(info));
}

void hfs_init(void *info) {
	hfsInit(info, (uintptr_t)duckdb_init_get_bind_data(info));
}

struct hfs_local {
	uintptr_t handle;
	hfs_stream *stream; // null: Go says what is next
	hfs_held *last;     // what the last chunk of the scan refers to
	int32_t *places;
	uint64_t count;
};

static void release_local(void *state) {
	hfs_local *local = state;
	hfs_held_free(local->last);
	hfsRelease(local->handle);
	free(local->places);
	free(local);
}

void hfs_local_init(void *info) {
	hfs_local *local = calloc(1, sizeof *local);
	if (!local) {
		duckdb_init_set_error(info, "there is no memory for the state of a scan");
		return;
	}
	local->handle = hfsLocalInit();
	duckdb_init_set_init_data(info, local, release_local);
}

int hfs_local_stream(hfs_local *local, hfs_stream *stream, const int32_t *places, uint64_t count) {
	int32_t *copy = realloc(local->places, count * sizeof *copy + 1);
	if (!copy) {
		return 0;
	}
	memcpy(copy, places, count * sizeof *copy);
	local->places = copy;
	local->count = count;
	local->stream = stream;
	return 1;
}

// A chunk of the stream is handed on here rather than in Go: going there and back costs more than the chunk does.
static int scan_stream(hfs_local *local, void *chunk) {
	if (!local->stream) {
		return 0;
	}
	local->last = hfs_stream_next(local->stream);
	if (!local->last) {
		local->stream = 0;
		return 0;
	}
	hfs_held_reference(local->last, chunk, local->places, local->count);
	duckdb_data_chunk_set_size(chunk, local->last->rows);
	return 1;
}

void hfs_scan(void *info, void *chunk) {
	hfs_local *local = duckdb_function_get_local_init_data(info);
	hfs_held_free(local->last); // Nobody needs a chunk any more when the next one is asked for.
	local->last = 0;
	do {
		if (scan_stream(local, chunk)) {
			return;
		}
		hfsScan(info, (uintptr_t)duckdb_function_get_init_data(info), local, local->handle, chunk);
	} while (local->stream);
}

void hfs_scalar(void *info, void *chunk, void *result) {
	hfsScalar(info, (uintptr_t)duckdb_scalar_function_get_extra_info(info), chunk, result);
}

void *hfs_bind_pointer(void) {
	return (void *)hfs_bind;
}

void *hfs_init_pointer(void) {
	return (void *)hfs_init;
}

void *hfs_local_init_pointer(void) {
	return (void *)hfs_local_init;
}

void *hfs_scan_pointer(void) {
	return (void *)hfs_scan;
}

void *hfs_scalar_pointer(void) {
	return (void *)hfs_scalar;
}
