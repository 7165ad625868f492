from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

spark = SparkSession.builder.remote("sc://localhost:15002").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")
import datetime
import decimal

df = spark.createDataFrame(
    [(1, 2.0, "a", True, datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 12, 30, 1, 500000), decimal.Decimal("1.10"), b"\x00\xff", [1, None], {"k": 1}, (1, "s")),
     (None, float("nan"), None, None, None, None, None, None, None, None, None)],
    "i int, d double, s string, b boolean, day date, t timestamp, n decimal(10,2), x binary, a array<int>, m map<string,int>, r struct<p:int,q:string>",
)
df.printSchema()
df.show(truncate=False)
df.show(vertical=True)
for row in df.collect():
    print(row)
df.na.fill(0).select("i", "d").show()
df.na.fill({"s": "none", "i": -1}).select("i", "s").show()
df.na.drop().select("i").show()
df.na.drop(how="all", subset=["i", "s"]).select("i").show()
df.na.replace(1, 7, "i").select("i").show()
df.select(df.i.isNull(), df.s.isNotNull(), F.isnan("d"), F.coalesce("i", F.lit(9)), F.nvl("s", F.lit("z"))).show()
df.select("r.p", "r.*", df.a[0], df.m["k"], F.explode_outer("a")).show()
df.select(F.explode("m")).show()
df.select(F.posexplode("a")).show()
df.orderBy(F.col("i").desc_nulls_first()).select("i").show()
df.select(F.lit(1.0e10), F.lit(1.0e-5), F.lit(123456.789), F.lit(float("inf")), F.lit(0.1).cast("float")).show()
df.select(df.d.cast("string"), df.n.cast("string"), df.t.cast("string"), df.day.cast("string"), df.b.cast("string")).show(truncate=False)
df.select(F.array(F.lit(1), F.lit(2)), F.struct("i", "s"), F.create_map(F.lit("a"), F.col("i"))).show(truncate=False)
spark.createDataFrame([("tab\there\nnewline", "中文字符", "é")], ["control", "wide", "accent"]).show()
spark.createDataFrame([("a" * 30, "中" * 25)], ["long", "wide"]).show()
spark.createDataFrame([("a" * 30, "中" * 25)], ["long", "wide"]).show(truncate=5)
spark.createDataFrame([], "a int, b string").show()
print(spark.createDataFrame([], "a int").toPandas().dtypes)
