"""Writes Parquet repositories with the types that Spark does not have: python write_types.py ROOT"""

import decimal
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq

TYPES = {
    "u8": pa.array([255, None], pa.uint8()),
    "u16": pa.array([65535, None], pa.uint16()),
    "u32": pa.array([2**32 - 1, None], pa.uint32()),
    "u64": pa.array([2**64 - 1, None], pa.uint64()),
    "half": pa.array([1.5, None], pa.float16()),
    "seconds": pa.array([86399, None], pa.time32("s")),
    "millis": pa.array([86399999, None], pa.time32("ms")),
    "stamp_s": pa.array([10**9, None], pa.timestamp("s")),
    "stamp_ns": pa.array([10**18 + 1000, None], pa.timestamp("ns")),
    "stamp_zone": pa.array([10**15, None], pa.timestamp("us", tz="Europe/Paris")),
    "duration_ns": pa.array([2000, None], pa.duration("ns")),
    "decimal": pa.array([decimal.Decimal(10**45), None], pa.decimal256(50, 0)),
    "large": pa.array(["a", None], pa.large_string()),
    "fixed": pa.array([b"ab", None], pa.binary(2)),
    "large_list": pa.array([[2**64 - 1], None], pa.large_list(pa.uint64())),
    "fixed_list": pa.array([[1, 2], None], pa.list_(pa.uint8(), 2)),
    "dictionary": pa.array(["x", None]).dictionary_encode(),
    "nested": pa.array([{"u": 2**64 - 1, "d": 5}, None], pa.struct([("u", pa.uint64()), ("d", pa.duration("s"))])),
    "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.uint32())),
}

root = pathlib.Path(sys.argv[1]) / "user"
for name, table in {
    "types": pa.table(TYPES),
    "nanoseconds": pa.table({"t": pa.array([10**18 + 7, None], pa.timestamp("ns"))}),
}.items():
    (root / name).mkdir(parents=True)
    pq.write_table(table, root / name / "train.parquet")
