"""What a PySpark client does with a Spark Connect server; fails with an AssertionError where something is wrong."""

import datetime
import decimal
import sys
import threading

from pyspark.errors import PySparkException
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.appName("client").remote(sys.argv[1]).getOrCreate()


def equal(got, want):
    assert got == want, f"got {got!r}, want {want!r}"


def fails(action, condition, exception):
    try:
        action()
    except PySparkException as e:
        equal(e.getCondition() if hasattr(e, "getCondition") else e.getErrorClass(), condition)
        equal(type(e).__name__, exception)
        return e
    raise AssertionError(f"no error, want {condition}")


def handshake():
    assert spark.version.startswith("4.2"), spark.version
    equal(spark.range(3).collect(), [Row(id=0), Row(id=1), Row(id=2)])
    equal(spark.conf.get("spark.app.name"), "client")
    equal(spark.conf.get("spark.sql.shuffle.partitions"), "200")
    equal(spark.conf.get("spark.nope", "x"), "x")
    fails(lambda: spark.conf.get("spark.nope"), "SQL_CONF_NOT_FOUND", "SparkNoSuchElementException")


def rows():
    df = spark.createDataFrame([(1, "a", 2.5), (2, "b", None)], "a int, b string, c double")
    equal([tuple(r) for r in df.collect()], [(1, "a", 2.5), (2, "b", None)])
    equal(df.dtypes, [("a", "int"), ("b", "string"), ("c", "double")])
    equal(df.toPandas()["a"].tolist(), [1, 2])
    equal(df.filter("a > 1").select(F.upper("b").alias("u")).collect(), [Row(u="B")])
    equal(df.toArrow().num_rows, 2)
    moment = datetime.datetime(2020, 1, 2, 3, 4, 5)
    values = (datetime.date(2020, 1, 2), moment, decimal.Decimal("1.50"), bytearray(b"ab"), True, [1, 2], {"k": 1}, Row(x=1))
    schema = "d date, t timestamp, n decimal(10,2), y binary, o boolean, l array<int>, m map<string,int>, s struct<x:int>"
    equal([bytearray(v) if isinstance(v, bytes) else v for v in spark.createDataFrame([values], schema).first()], list(values))
    equal(spark.range(0).toPandas().shape, (0, 1))
    equal(sum(1 for _ in spark.range(25000).toLocalIterator()), 25000)


def uploads():
    """Rows that are too many for a plan travel as artifacts."""
    df = spark.createDataFrame([(i, "x" * 50) for i in range(60000)], "i int, s string")
    equal(tuple(df.agg(F.sum("i"), F.count("*")).first()), (1799970000, 60000))


def compression():
    """A client asks for the threshold before its first plan, so this takes a session of its own."""
    key = "spark.connect.session.planCompression.threshold"
    session = SparkSession.builder.remote(sys.argv[1]).config(key, "100").create()
    wide = session.range(1).select(*[F.lit(i).alias(f"c{i}") for i in range(200)])
    equal(wide.first()["c199"], 199)
    session.stop()


def statements():
    df = spark.range(5)
    df.createOrReplaceTempView("v")
    spark.table("v").filter("id > 1").createOrReplaceTempView("v")
    equal(spark.sql("SELECT count(*) AS n FROM v").first().n, 3)
    equal(spark.sql("SELECT :a + id AS x FROM {df} ORDER BY x LIMIT 1", args={"a": 10}, df=df).first().x, 10)
    equal(spark.sql("SELECT ? AS x", args=[7]).first().x, 7)
    equal([tuple(r) for r in spark.sql("SHOW TABLES").collect()], [("", "v", True)])
    equal([t.name for t in spark.catalog.listTables()], ["v"])
    equal([(c.name, c.dataType) for c in spark.catalog.listColumns("v")], [("id", "bigint")])
    equal(spark.catalog.dropTempView("v"), True)
    equal(spark.range(3).localCheckpoint().filter("id > 0").count(), 2)


def errors():
    df = spark.range(3)
    e = fails(lambda: df.select("idd").collect(), "UNRESOLVED_COLUMN.WITH_SUGGESTION", "AnalysisException")
    equal(e.getMessageParameters(), {"objectName": "`idd`", "proposal": "`id`"})
    e = fails(lambda: spark.sql("SELEKT 1"), "PARSE_SYNTAX_ERROR", "ParseException")
    equal(e.getSqlState(), "42601")
    equal(e.getQueryContext()[0].fragment(), "SELEKT")
    fails(lambda: spark.sql("SELECT 1 / 0").collect(), "DIVIDE_BY_ZERO", "ArithmeticException")
    fails(lambda: spark.table("nope").collect(), "TABLE_OR_VIEW_NOT_FOUND", "AnalysisException")
    fails(lambda: df.write.parquet("x"), "UNSUPPORTED_FEATURE.HFSPARK", "UnsupportedOperationException")
    fails(lambda: df.mapInPandas(lambda i: i, "id long").collect(), "UNSUPPORTED_FEATURE.HFSPARK", "UnsupportedOperationException")
    equal(df.count(), 3)


def interruption():
    seen = []

    def long():
        try:
            spark.range(10**12).agg(F.sum(F.col("id") % 7)).collect()
        except PySparkException as e:
            seen.append(str(e))

    worker = threading.Thread(target=long)
    worker.start()
    interrupted = []
    while not interrupted and worker.is_alive():
        interrupted = spark.interruptAll()
    worker.join(30)
    equal((len(interrupted), worker.is_alive()), (1, False))
    assert "OPERATION_CANCELED" in seen[0], seen


for check in (handshake, rows, uploads, compression, statements, errors, interruption):
    check()
spark.stop()
print("fine")
