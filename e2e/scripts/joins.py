from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

spark = SparkSession.builder.remote("sc://localhost:15002").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")
a = spark.createDataFrame([(1, "x"), (2, "y"), (3, None)], ["id", "v"])
b = spark.createDataFrame([(2, "Y", 1.5), (3, "Z", None), (4, "W", 2.5)], "id int, w string, d double")
for how in ["inner", "left", "right", "outer", "left_semi", "left_anti"]:
    print(how)
    a.join(b, "id", how).orderBy("id").show()
a.join(b, a.id == b.id, "left").select(a.id, b.id, "v", "w").orderBy(a.id).show()
a.crossJoin(b).where(a.id < b.id).orderBy(a.id, b.id).show()
a.alias("l").join(a.alias("r"), F.col("l.id") == F.col("r.id") + 1).select("l.id", "r.v").orderBy("l.id").show()
a.join(b, ["id"]).printSchema()
a.join(b, a.id == b.id, "outer").printSchema()
a.union(a).orderBy("id").show()
a.unionByName(b.select("id", F.col("w").alias("v"))).orderBy("id", "v").show()
a.unionByName(b, allowMissingColumns=True).orderBy("id", "v", "w").show()
a.select("id").intersect(b.select("id")).orderBy("id").show()
a.select("id").exceptAll(b.select("id")).orderBy("id").show()
a.select("id").subtract(b.select("id")).orderBy("id").show()
spark.range(3).show()
spark.range(1, 10, 4).select((F.col("id") / 2).alias("half")).show()
print(spark.range(5).toPandas()["id"].tolist(), spark.range(0).collect())
