"""Writes files through Spark, below the folder FOLDER, and prints their bytes: hfspark and Apache Spark must print the same.

Without HFSPARK_REMOTE it runs on Apache Spark itself; READ names a folder of Parquet files that another run has written, whose rows
and types it prints instead.
"""

import datetime
import decimal
import glob
import gzip
import os
import re
import zlib

from pyspark.sql import SparkSession

folder = os.environ["FOLDER"]
builder = SparkSession.builder
if os.environ.get("HFSPARK_REMOTE"):
    spark = builder.remote(os.environ["HFSPARK_REMOTE"]).getOrCreate()
else:
    spark = builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "Europe/Berlin")
UNPACK = {"gz": gzip.decompress, "deflate": zlib.decompress}


def listing(path):
    names = [n for n in os.listdir(os.path.join(folder, path)) if not n.startswith(".")]
    return sorted(re.sub(r"part-\d{5}-[0-9a-f-]{36}-", "part-N-ID-", n) for n in names)


def write(name, df, format, mode="error", **options):
    try:
        df.coalesce(1).write.format(format).mode(mode).options(**options).save(os.path.join(folder, name))
    except Exception as e:
        print("==", name, options, "refused:", str(e).split("]")[0])
        return
    print("==", name, options, listing(name))
    contents = []
    for file in sorted(glob.glob(os.path.join(folder, name, "part-*"))):
        if not file.endswith(".parquet"):
            with open(file, "rb") as f:
                contents.append(UNPACK.get(file.rsplit(".")[-1], bytes)(f.read()))
    print(*(sorted(contents) if mode == "append" else contents))  # Names, and with them the order, are chosen by chance.


def refused(name, action):
    try:
        action()
    except Exception as e:
        print("==", name, "refused:", str(e).split("]")[0])
    else:
        print("==", name, "is done")


ROWS = [
    (True, -1, 2**62, 1.5, 1e10, decimal.Decimal("1.5"), datetime.date(1, 1, 1), datetime.datetime(2024, 7, 1, 12, 0, 0, 123456),
     datetime.datetime(2024, 7, 1, 12), b"\x00\xffA", datetime.timedelta(days=-1, microseconds=5)),
    (False, 0, -5, float("nan"), float("-inf"), decimal.Decimal(0), datetime.date(9999, 12, 31), datetime.datetime(1883, 1, 1),
     datetime.datetime(1, 1, 1, 0, 0, 0, 1), b"", datetime.timedelta(0)),
    (None,) * 11,
    (None, 1, 1, 0.1, -0.0, decimal.Decimal("0.0000001"), datetime.date(2020, 2, 29), datetime.datetime(2024, 1, 1, 0, 0, 0, 999),
     datetime.datetime(9999, 12, 31, 23, 59, 59, 999999), None, datetime.timedelta(hours=30)),
    (None, 1, 1, 1e-5, 1.25e-7, decimal.Decimal("1234567890.0123456789"), None, datetime.datetime(1700, 1, 1), None, None, None),
    (None, 1, 1, 1e7, 123456789.0, decimal.Decimal("-0.0000000001"), None, datetime.datetime(1970, 1, 1), None, None, None),
]
types = spark.createDataFrame(ROWS, "b boolean, i8 byte, i64 long, f float, d double, dec decimal(20,10), dt date, ts timestamp, ntz timestamp_ntz, "
                              "bin binary, ds interval day to second").coalesce(1)
nested = spark.sql("""
  SELECT array(1, null, 3) a, map('k', 1, 'z', null) m, named_struct('x', 1.5D, 'y', cast(null AS string), 'z', array(named_struct('q', 1, 'r', 'é"'))) s,
         cast(array() AS array<int>) e, cast('2020-01-01' AS date) dt, map(1.5D, 'x', cast('NaN' AS double), 'y') md, array(date'2020-01-01') ad,
         array(timestamp'2020-01-01 00:00:00') at, map(date'2020-01-01', 1) mdt, x'00ff' bin, map(timestamp'2020-01-01 00:00:00', 1) mts,
         named_struct('p', array(array(named_struct('deep', map('k', array(1.5D)))))) deep""")

if os.environ.get("READ"):
    for name in ("types", "nested", "texts"):
        df = spark.read.parquet(os.path.join(os.environ["READ"], name + ".parquet"))
        want = {"types": types, "nested": nested}.get(name)
        df.printSchema()
        if want is not None:
            print([repr(r) for r in df.collect()] == [repr(r) for r in want.collect()])
    raise SystemExit

TEXTS = [
    "plain", "", None, " lead", "trail ", "  ", "a,b", 'q"q', '"quoted"', "new\nline", "cr\rx", "crlf\r\nx", "back\\slash", "\\", 'a\\"b', "#hash",
    "tab\tx", "\t", "|pipe", "ünï \U0001f600 \u2028", "nul\x00x", "a,b ", ' "x" ', "'single'", '"', '\\"', "a;b", "NULL", "\u00a0nbsp", "x\\", "a,b\\",
    "\x7f\x1f", "a||b", "x|", "|", "||", " #x", "-", "<b>&/</b>",
]
texts = spark.createDataFrame([(i, s, s) for i, s in enumerate(TEXTS)], "i int, s string, `a ``,\"x` string")
one = spark.createDataFrame([(s,) for s in TEXTS], "s string")
CSV = [
    {}, {"header": True, "quoteAll": True}, {"escape": '"', "header": True}, {"sep": "\t", "nullValue": "NULL", "emptyValue": "EMPTY"},
    {"ignoreLeadingWhiteSpace": False, "ignoreTrailingWhiteSpace": False}, {"quote": "'", "header": True}, {"quote": ""}, {"escapeQuotes": False},
    {"sep": "||", "lineSep": "\r\n"}, {"comment": "-", "nullValue": "-"}, {"charToEscapeQuoteEscaping": "~"}, {"emptyValue": "", "nullValue": "\\N"},
    {"nullValue": '"x"', "emptyValue": "a,b"}, {"compression": "gzip"}, {"codec": "deflate"}, {"compression": "bogus"}, {"sep": "abc"},
    {"quoteAll": True, "nullValue": " n "}, {"maxRecordsPerFile": 20},
]
for i, options in enumerate(CSV):
    write(f"texts{i}.csv", texts, "csv", **options)
    write(f"one{i}.csv", one, "csv", **options)
write("empty.csv", one.limit(0), "csv", header=True)
write("types.csv", types, "csv", header=True)
write("zone.csv", types.select("ts"), "csv", timeZone="UTC")
for column in ("a", "m", "s"):
    write(column + ".csv", nested.select(column), "csv")
for i, options in enumerate([{}, {"ignoreNullFields": False}, {"compression": "gzip"}, {"compression": "bogus"}, {"lineSep": "\r\n"}]):
    write(f"texts{i}.json", texts, "json", **options)
    write(f"types{i}.json", types, "json", **options)
    write(f"nested{i}.json", nested, "json", **options)
write("empty.json", one.limit(0), "json")
write("types.parquet", types, "parquet")
write("nested.parquet", nested, "parquet")
write("texts.parquet", texts, "parquet", maxRecordsPerFile=13)
write("empty.parquet", texts.limit(0), "parquet")
for codec in ("none", "uncompressed", "gzip", "zstd", "bogus"):
    write(codec + ".parquet", texts, "parquet", compression=codec)
write("same.parquet", spark.sql("SELECT 1 AS a, 2 AS A"), "parquet")
write("no.json", types.select(), "json")

# Modes.
small = spark.range(3).selectExpr("id", "cast(id AS string) AS s").coalesce(1)
write("modes", small, "csv")
write("modes", small, "csv")
write("modes", small, "csv", mode="append")
write("modes", small, "csv", mode="ignore")
write("modes", small, "json", mode="append")
write("modes", small, "json", mode="overwrite")
write("deep/er/folder", small, "csv", mode="append")
small.write.mode("overwrite").csv("file://" + os.path.join(folder, "modes"))
print(listing("modes"))
small.coalesce(1).write.save(os.path.join(folder, "default"))
print(listing("default"))
refused("a failing query", lambda: spark.sql("SELECT assert_true(id < 2) FROM range(3)").select("*").write.mode("overwrite").json(os.path.join(folder, "modes")))
