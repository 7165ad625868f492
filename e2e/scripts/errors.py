from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

spark = SparkSession.builder.remote("sc://localhost:15002").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")
from pyspark.errors import PySparkException


def attempt(name, action):
    try:
        action()
        print(name, "no error")
    except PySparkException as e:
        print(name, type(e).__name__, e.getCondition(), e.getSqlState())


df = spark.read.format("huggingface").option("config", "3M").load("BAAI/Infinity-Instruct")
df.createOrReplaceTempView("t")
attempt("unknown column", lambda: df.select("nope").collect())
attempt("unknown column in filter", lambda: df.filter("nope > 1").collect())
attempt("unknown table", lambda: spark.sql("SELECT * FROM nowhere").collect())
attempt("syntax", lambda: spark.sql("SELEC 1").collect())
attempt("syntax in filter", lambda: df.filter("id >").collect())
attempt("end of input", lambda: spark.sql("SELECT (1").collect())
attempt("unknown function", lambda: spark.sql("SELECT nofunction(1)").collect())
attempt("wrong number of arguments", lambda: spark.sql("SELECT upper('a', 'b')").collect())
attempt("type mismatch", lambda: spark.sql("SELECT abs(array(1))").collect())
attempt("not boolean", lambda: df.filter(df.id).collect())
attempt("division by zero", lambda: spark.sql("SELECT 1 / 0").collect())
attempt("overflow", lambda: spark.sql("SELECT 2147483647 + 1").collect())
attempt("bad cast", lambda: spark.sql("SELECT CAST('x' AS INT)").collect())
attempt("array index", lambda: spark.sql("SELECT array(1)[3]").collect())
attempt("missing aggregation", lambda: spark.sql("SELECT id, count(*) FROM t").collect())
attempt("not grouped", lambda: spark.sql("SELECT id FROM t GROUP BY source").collect())
attempt("ambiguous", lambda: df.join(df.alias("u"), F.lit(True)).select("id").collect())
attempt("set columns", lambda: df.select("id").union(df.select("id", "source")).collect())
attempt("view exists", lambda: df.createTempView("t"))
attempt("nested aggregate", lambda: spark.sql("SELECT sum(count(*)) FROM t").collect())
attempt("group by aggregate", lambda: spark.sql("SELECT 1 FROM t GROUP BY count(*)").collect())
attempt("parameter", lambda: spark.sql("SELECT :x").collect())
attempt("conf", lambda: spark.conf.get("spark.sql.no.such.key"))
attempt("struct field", lambda: df.select("conversations.nope").collect())
attempt("still serving", lambda: spark.range(1).collect())
