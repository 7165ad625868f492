// What Go cannot say to DuckDB by itself: functions that DuckDB calls, and loops over strings.
#ifndef HFSPARK_SHIM_H
#define HFSPARK_SHIM_H

#include <stdint.h>

#include "hold.h"

// Assigns count strings, the i-th from data + offsets[i] to data + offsets[i + 1], to rows of a vector from row at on. A row
// whose bit is not set in valid (if that is not null; bit i + skip is row i's) is left alone.
void hfs_assign_strings32(void *vector, uint64_t at, const char *data, const int32_t *offsets, uint64_t count,
                          const uint8_t *valid, uint64_t skip);
void hfs_assign_strings64(void *vector, uint64_t at, const char *data, const int64_t *offsets, uint64_t count,
                          const uint8_t *valid, uint64_t skip);

// Hand numbers to DuckDB where its interface has pointers. DuckDB returns them to the callbacks below, and once to hfs_release.
void hfs_table_function_extra(void *function, uintptr_t handle);
void hfs_scalar_function_extra(void *function, uintptr_t handle);
void hfs_bind_data(void *info, uintptr_t handle);
void hfs_init_data(void *info, uintptr_t handle);

// Callbacks.
void hfs_bind(void *info);
void hfs_init(void *info);
void hfs_local_init(void *info);
void hfs_scan(void *info, void *chunk);
void hfs_scalar(void *info, void *chunk, void *result);

// The state of a thread that reads a table: the Go value, and the stream that its next rows come from without asking Go.
typedef struct hfs_local hfs_local;
// Sets the stream that the next chunks come from: column places[i] for vector i, or none where that is negative.
// Returns 0 when there is no memory.
int hfs_local_stream(hfs_local *local, hfs_stream *stream, const int32_t *places, uint64_t count);

// The same, as the pointers that DuckDB's interface takes.
void *hfs_bind_pointer(void);
void *hfs_init_pointer(void);
void *hfs_local_init_pointer(void);
void *hfs_scan_pointer(void);
void *hfs_scalar_pointer(void);

#endif
