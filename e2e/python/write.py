"""Writes DataFrames through Spark Connect and reads them back; prints a line that begins with ok for each check."""

import datetime
import decimal
import os

from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, concat, create_map, lit, map_entries
from pyspark.sql.types import (
    ArrayType, BinaryType, BooleanType, ByteType, DateType, DayTimeIntervalType, DecimalType, DoubleType, FloatType, IntegerType, LongType,
    NullType, ShortType, StringType, StructField, StructType, TimestampNTZType, TimestampType,
)

spark = SparkSession.builder.remote(os.environ["HFSPARK_REMOTE"]).getOrCreate()


def check(name, condition, detail=""):
    print("ok" if condition else "FAILED", name, "" if condition else detail)


def load(repo, **options):
    return spark.read.format("huggingface").options(**options).load(repo)


def refused(name, write, *parts):
    try:
        write()
    except PySparkException as e:
        check(name, all(p in str(e) for p in parts), str(e))
    else:
        check(name, False, "no error")


# The documentation's own lines.
df = spark.range(100).select("id", (col("id") % 3).alias("langdetect"))
df_chinese_only = df.filter("langdetect = 1")
df_chinese_only.write.format("huggingface").mode("overwrite").save("username/Infinity-Instruct-Chinese-Only")
check("overwrite where there is nothing", load("username/Infinity-Instruct-Chinese-Only").count() == 33)
df.write.format("huggingface").save("username/my_dataset")
df.write.format("huggingface").option("token", "hf_xxx").mode("append").option("split", "test").save("username/my_dataset")
check("another split", load("username/my_dataset", split="test").count() == 100)
refused("a branch that is not there", lambda: df.write.format("huggingface").option("data_dir", "sample").option("revision", "branch").save("username/my_dataset"), "branch")

# What was read can be written back to where it came from.
load("username/my_dataset").filter("id < 50").write.format("huggingface").mode("overwrite").save("username/my_dataset")
check("overwrite what is being read", load("username/my_dataset").count() == 50)
load("username/my_dataset").write.format("huggingface").mode("append").save("username/my_dataset")
check("append to what is being read", sorted(r.id for r in load("username/my_dataset").collect()) == sorted(list(range(50)) * 2))

# Modes.
refused("data is there", lambda: df.write.format("huggingface").save("username/my_dataset"), "PATH_ALREADY_EXISTS")
df.write.format("huggingface").mode("ignore").save("username/my_dataset")
check("ignore", load("username/my_dataset").count() == 100)
df.write.format("huggingface").option("config", "other").save("username/my_dataset")
check("another subset", load("username/my_dataset", config="other").count() == 100)

# Every type that Spark and the datasets library share.
schema = StructType([
    StructField("b", BooleanType()), StructField("i8", ByteType()), StructField("i16", ShortType()), StructField("i32", IntegerType()),
    StructField("i64", LongType()), StructField("f32", FloatType()), StructField("f64", DoubleType()), StructField("s", StringType()),
    StructField("bin", BinaryType()), StructField("d", DateType()), StructField("ts", TimestampType()), StructField("ntz", TimestampNTZType()),
    StructField("dec", DecimalType(10, 2)), StructField("big", DecimalType(38, 10)), StructField("span", DayTimeIntervalType()),
    StructField("nothing", NullType()), StructField("a", ArrayType(IntegerType())), StructField("aa", ArrayType(ArrayType(StringType()))),
    StructField("st", StructType([StructField("x", DoubleType()), StructField("y", ArrayType(StructType([StructField("z", LongType())])))])),
])
rows = [
    (True, 1, -2, 3, -4, 1.5, float("inf"), "ünï\u0000", b"\x00\xff", datetime.date(1600, 2, 29), datetime.datetime(2024, 1, 2, 3, 4, 5, 678901),
     datetime.datetime(1, 1, 1), decimal.Decimal("12345678.90"), decimal.Decimal("-1234567890123456789.0123456789"),
     datetime.timedelta(days=-3, microseconds=7), None, [1, None, 3], [["a"], [], None], (2.5, [(1,), None])),
    tuple([None] * 19),
    (False, -128, 32767, -2**31, 2**63 - 1, float("nan"), -0.0, "", b"", datetime.date(9999, 12, 31), datetime.datetime(1969, 12, 31, 23, 59, 59),
     datetime.datetime(9999, 12, 31, 23, 59, 59, 999999), decimal.Decimal("0.00"), decimal.Decimal(0), datetime.timedelta(0), None, [], [], (None, None)),
]
types = spark.createDataFrame(rows, schema)
types.write.format("huggingface").save("username/types")
back = load("username/types")
got = [repr(r) for r in back.collect()]
want = [repr(r) for r in types.collect()]
check("every type comes back", got == want, f"{got}\n{want}")
names = {f.name: f.dataType.simpleString() for f in back.schema.fields}
check("types are announced", names["dec"] == "decimal(10,2)" and names["aa"] == "array<array<string>>" and names["st"] == "struct<x:double,y:array<struct<z:bigint>>>", str(names))
types.limit(0).write.format("huggingface").save("username/empty")
check("an empty table", load("username/empty").count() == 0 and len(load("username/empty").columns) == 19)

# Lists and structs at depth, with nulls and empty lists on every level.
deep = StructType([StructField("d", ArrayType(StructType([
    StructField("k", StringType()), StructField("v", ArrayType(ArrayType(StructType([
        StructField("t", TimestampType()), StructField("n", DecimalType(20, 4)), StructField("l", ArrayType(BinaryType()))]))))])))])
deepest = {"t": datetime.datetime(2024, 1, 2, 3, 4, 5), "n": decimal.Decimal("1.2500"), "l": [b"a", None, b""]}
deep_rows = [([{"k": "x", "v": [[deepest, None], [], None]}, None, {"k": None, "v": None}, {"k": "", "v": []}],), (None,), ([],), ([None],)] * 50
nested = spark.createDataFrame(deep_rows, deep)
nested.write.format("huggingface").option("row_group_size", 7).save("username/deep")
check("deep lists come back", [repr(r) for r in load("username/deep").collect()] == [repr(r) for r in nested.collect()])

# What cannot be written.
refused("maps", lambda: df.select(create_map(lit("a"), col("id")).alias("m")).write.format("huggingface").save("username/no"), "map_entries")
df.select(map_entries(create_map(lit("a"), col("id"))).alias("m")).write.format("huggingface").save("username/entries")
refused("no columns", lambda: df.select().write.format("huggingface").save("username/no"), "EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE")
refused("months", lambda: spark.sql("SELECT INTERVAL '1' YEAR AS y").write.format("huggingface").save("username/no"), "column y")
refused("other columns", lambda: df.select("id").write.format("huggingface").mode("append").save("username/my_dataset"), "langdetect (int64) is missing")
refused("an unknown option", lambda: df.write.format("huggingface").option("splits", "x").save("username/no"), "splits")
refused("partitions", lambda: df.write.format("huggingface").partitionBy("id").save("username/no"), "partitionBy")
refused("a token that may only read", lambda: df.write.format("huggingface").option("token", "hf_read").save("username/no"), "403")
refused("a name that the Hub refuses", lambda: df.write.format("huggingface").save("username/a--b"), "a--b")
refused("another format", lambda: df.write.format("orc").save("/tmp/x"), "orc")
refused("a failing query", lambda: spark.sql("SELECT raise_error('broken') AS x FROM range(10)").write.format("huggingface").save("username/no"), "broken")
refused("nothing is left behind", lambda: load("username/no").count(), "not found")

# The second interface.
df.writeTo("`username/v2`").using("huggingface").create()
df.writeTo("`username/v2`").using("huggingface").append()
check("writeTo", load("username/v2").count() == 200)
df.writeTo("`username/v2`").using("huggingface").createOrReplace()
check("createOrReplace", load("username/v2").count() == 100)

refused("append to a table that is not there", lambda: df.writeTo("`username/v3`").using("huggingface").append(), "REPOSITORY_NOT_FOUND")
refused("replace a table that is not there", lambda: df.writeTo("`username/v3`").using("huggingface").replace(), "REPOSITORY_NOT_FOUND")
refused("a table of two names", lambda: df.writeTo("username.v3").using("huggingface").create(), "backticks")
flows = dict(df.executionInfo.flows)
check("the commit is told", "/datasets/username/v2/commit/" in flows["huggingface"]["url"] and flows["huggingface"]["rows"] == 100, str(flows))

# Sizes as text, levels, and what is refused of them.
df.write.format("huggingface").options(max_bytes_per_file="500MB", compression="zstd", compression_level=19).save("username/options")
check("sizes as text", load("username/options").count() == 100)
refused("a level that snappy has not", lambda: df.write.format("huggingface").option("compression_level", 3).save("username/no"), "no levels")
refused("a compression that is not known", lambda: df.write.format("huggingface").option("compression", "lzo").save("username/no"), "INVALID_OPTION")
refused("two fields of a name", lambda: spark.sql("SELECT named_struct('a', 1, 'A', 2) AS s").write.format("huggingface").save("username/no"), "s.A")
refused("the split all", lambda: df.write.format("huggingface").option("split", "all").save("username/no"), "all stands for")

# Names that YAML reads in its own way.
odd = spark.range(3).selectExpr(*[f"id AS `{n}`" for n in ["=", "on", "1:30", "~", "a b", "a.b", "ünï", "_type", "list"]])
odd.write.format("huggingface").save("username/names")
check("odd names", load("username/names").columns == odd.columns)

# Files by name, as the documentation's helper writes them.
df.write.format("huggingface").save("hf://datasets/username/by_name/data.parquet")
df.write.format("huggingface").save("hf://datasets/username/by_name/parts")
check("files by name", load("username/by_name", data_files="parts/part-00000.parquet").count() == 100)

# Many files.
spark.range(20000).select("id", concat(lit("text "), col("id")).alias("text")).write.format("huggingface") \
    .option("max_bytes_per_file", 20000).option("max_operations_per_commit", 5).save("username/many")
check("many files in several commits", load("username/many").agg({"id": "sum"}).collect()[0][0] == 199990000)
