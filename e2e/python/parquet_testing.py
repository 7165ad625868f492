"""Compares what hfspark showed of Parquet files, as Arrow streams, with what pyarrow reads from the files.

Arguments: pairs of a Parquet file and an Arrow stream. Prints a line for each pair that differs. Times are compared in
microseconds, and other types as docs/types.md has them.
"""

import math
import sys

import pyarrow as pa
import pyarrow.parquet as pq

# pyarrow wraps around years that 64 bits of nanoseconds cannot count; Spark, whose file it is, does not.
FAR_YEARS = {"int96_from_spark.parquet": [1704141296123456, 1704070800000000, 253402225200000000, 1735599600000000, None, 9089380393200000000]}


def plain(column):
    """A column as lists of plain values."""
    if isinstance(column, pa.ChunkedArray):
        return [value for chunk in column.chunks for value in plain(chunk)]
    if isinstance(column, pa.ExtensionArray):
        return plain(column.storage)
    kind, valid = column.type, column.is_valid().to_pylist()
    if pa.types.is_timestamp(kind):
        scale = {"s": 1_000_000, "ms": 1000, "us": 1}.get(kind.unit)
        times = column.cast(pa.int64()).to_pylist()
        return [None if t is None else (t * scale if scale else t // 1000, kind.tz is not None) for t in times]
    if pa.types.is_struct(kind):
        members = [plain(member) for member in column.flatten()]
        return [tuple(m[i] for m in members) if valid[i] else None for i in range(len(column))]
    if pa.types.is_map(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        values = list(zip(plain(column.keys), plain(column.items))) if pa.types.is_map(kind) else plain(column.values)
        offsets = column.offsets.to_pylist()
        return [values[offsets[i] : offsets[i + 1]] if valid[i] else None for i in range(len(column))]
    values = column.to_pylist()
    if pa.types.is_floating(kind):
        return [v if v is None else "nan" if math.isnan(v) else (v, math.copysign(1, v)) for v in values]
    if pa.types.is_decimal(kind):
        return [int(v) if v is not None and v == v.to_integral_value() else v for v in values]
    return values


def difference(file, stream):
    want, got = pq.read_table(file), pa.ipc.open_stream(stream).read_all()
    if (want.num_rows, want.column_names) != (got.num_rows, got.column_names):
        return f"{got.num_rows} rows of {got.column_names}, want {want.num_rows} of {want.column_names}"
    for i, name in enumerate(want.column_names):
        left, right = plain(got.column(i)), plain(want.column(i))
        if far := FAR_YEARS.get(file.rsplit("/", 1)[-1]):
            right = [None if t is None else (t, False) for t in far]
        for row, (g, w) in enumerate(zip(left, right)):
            if g != w:
                return f"column {name} ({got.schema.field(i).type}), row {row}: {g!r}, want {w!r}"
    return None


for file, stream in zip(sys.argv[1::2], sys.argv[2::2]):
    if found := difference(file, stream):
        print(f"{file}: {found}")
