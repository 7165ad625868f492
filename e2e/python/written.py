"""Reads what write.py wrote, with datasets and pyarrow; prints a line that begins with ok for each check."""

import datetime
import decimal
import math

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import load_dataset
from huggingface_hub import HfFileSystem

fs = HfFileSystem()


def check(name, condition, detail=""):
    print("ok" if condition else "FAILED", name, "" if condition else detail)


d = load_dataset("username/my_dataset")
check("splits", {k: len(v) for k, v in d.items()} == {"train": 100, "test": 100}, str(d))
check("subset", len(load_dataset("username/my_dataset", "other", split="train")) == 100)
check("streaming", sum(1 for _ in load_dataset("username/my_dataset", split="test", streaming=True)) == 100)

types = load_dataset("username/types", split="train")
features = {k: str(v) for k, v in types.features.items()}
check("features", features["dec"] == "Value('decimal128(10, 2)')" and features["ts"] == "Value('timestamp[us, tz=UTC]')"
      and features["span"] == "Value('duration[us]')" and features["aa"] == "List(List(Value('string')))", str(features))
row = types[0]
check("values", row["big"] == decimal.Decimal("-1234567890123456789.0123456789") and row["bin"] == b"\x00\xff" and row["s"] == "ünï\u0000"
      and row["span"] == datetime.timedelta(days=-3, microseconds=7) and row["a"] == [1, None, 3] and row["aa"] == [["a"], [], None]
      and row["st"] == {"x": 2.5, "y": [{"z": 1}, None]} and row["ntz"] == datetime.datetime(1, 1, 1), str(row))
check("nulls", all(v is None for v in types[1].values()), str(types[1]))
check("odd floats", math.isnan(types[2]["f32"]) and types[0]["f64"] == math.inf)
# Prepared on disk, a split without rows is an error of the library; streaming it is none.
check("empty", list(load_dataset("username/empty", split="train", streaming=True)) == [])
check("odd names", load_dataset("username/names", split="train").column_names == ["=", "on", "1:30", "~", "a b", "a.b", "ünï", "_type", "list"])
check("entries", load_dataset("username/entries", split="train")[1]["m"] == [{"key": "a", "value": 1}])
deep = load_dataset("username/deep", split="train")
element = {"t": deep[0]["d"][0]["v"][0][0]["t"], "n": decimal.Decimal("1.2500"), "l": [b"a", None, b""]}
missing = deep[0]["d"][1]
check("deep lists", len(deep) == 200 and deep[0]["d"][0] == {"k": "x", "v": [[element, deep[0]["d"][0]["v"][0][1]], [], None]} and deep[1]["d"] is None
      and deep[2]["d"] == [] and element["t"].replace(tzinfo=None).year == 2024, str(deep[0]))
check("many files", load_dataset("username/many", split="train")["id"][-1] == 19999)

[path] = fs.glob("datasets/username/types/data/train-*")
with fs.open(path, "rb") as f:
    file = pq.ParquetFile(f)
    table = file.read()
    column = file.metadata.row_group(0).column(4)
check("pyarrow", table.schema.field("span").type == pa.duration("us") and table.num_rows == 3, str(table.schema))
[path] = fs.glob("datasets/username/deep/data/train-*")
with fs.open(path, "rb") as f:
    deep = pq.ParquetFile(f).read().column("d").to_pylist()
check("pyarrow, deep", deep[:4] == [[{"k": "x", "v": [[{"t": element["t"], "n": element["n"], "l": element["l"]}, None], [], None]}, None,
                                     {"k": None, "v": None}, {"k": "", "v": []}], None, [], [None]] and len(deep) == 200, str(deep[0]))
check("page index", column.has_column_index and column.has_offset_index)
check("features in the file", b'"features"' in file.schema_arrow.metadata[b"huggingface"])
check("by name", len(load_dataset("username/by_name", data_files="data.parquet", split="train")) == 100)
