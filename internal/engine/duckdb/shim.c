#include "shim.h"

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

void hfs_local_init(void *info) {
	hfsLocalInit(info, (uintptr_t)duckdb_init_get_bind_data(info));
}

void hfs_scan(void *info, void *chunk) {
	hfsScan(info, (uintptr_t)duckdb_function_get_init_data(info), (uintptr_t)duckdb_function_get_local_init_data(info), chunk);
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
