"""Watches, interrupts and repeats writes through Spark Connect; prints a line that begins with ok for each check."""

import concurrent.futures
import os
import threading
import time

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, concat, lit, repeat


def connect():
    return SparkSession.builder.remote(os.environ["HFSPARK_REMOTE"]).create()


def check(name, condition, detail=""):
    print("ok" if condition else "FAILED", name, "" if condition else detail)


def count(spark, repo, **options):
    return spark.read.format("huggingface").options(**options).load(repo).count()


spark = connect()

# Progress: the second stage is the files that are written.
seen = []
spark.conf.set("spark.connect.progress.reportInterval", "100ms")
spark.registerProgressHandler(lambda stages, inflight_tasks, operation_id, done: seen.append((stages, done)))
rows = spark.range(3_000_000).select("id", concat(lit("text "), (col("id") * 7919 % 1000003)).alias("text"))
rows.write.format("huggingface").option("max_bytes_per_file", 4_000_000).save("username/progress")
spark.clearProgressHandlers()
writing = [s[-1] for s, _ in seen if len(s) > 1]
check("progress is told", bool(writing) and max(s.num_tasks for s in writing) > 1 and max(s.num_bytes_read for s in writing) > 0, str(seen[-3:]))
check("the end is told", seen and seen[-1][1], str(seen[-3:]))

# Interrupted, a write leaves nothing.
endless = spark.range(10**12).select("id", repeat(col("id").cast("string"), 20).alias("text"))
outcome = []


def write():
    try:
        endless.write.format("huggingface").option("max_bytes_per_file", 2_000_000).save("username/interrupted")
        outcome.append("written")
    except PySparkException as e:
        outcome.append(str(e))


writer = threading.Thread(target=write)
writer.start()
deadline = time.monotonic() + 60
while writer.is_alive() and time.monotonic() < deadline:
    time.sleep(1)
    spark.interruptAll()
writer.join(60)
check("a write is interrupted", outcome and "OPERATION_CANCELED" in outcome[0], str(outcome))
try:
    check("nothing is left of it", False, str(count(spark, "username/interrupted")))
except PySparkException as e:
    check("nothing is left of it", "not found" in str(e).lower() or "no dataset" in str(e), str(e))

# Two clients at once.
spark.range(1).write.format("huggingface").save("username/both")


def many(client, mode, start):
    session = connect()
    for i in range(4):
        session.range(start + i * 100, start + i * 100 + 100).write.format("huggingface").mode(mode).save("username/both")
    session.stop()


for mode in ("append", "overwrite"):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for f in [pool.submit(many, i, mode, 1000 * (i + 1)) for i in range(2)]:
            f.result()
    # A session keeps what it has loaded for a while, so that another one looks.
    ids = sorted(r.id for r in connect().read.format("huggingface").load("username/both").collect())
    if mode == "append":
        check("two that append", ids == [0, *range(1000, 1400), *range(2000, 2400)], str(len(ids)))
    else:
        check("two that overwrite", ids in ([*range(1300, 1400)], [*range(2300, 2400)]), str(len(ids)))

# What the writer of pyspark_huggingface is tested for: append, overwrite, splits, revisions, the size of files.
df = spark.range(10).select("id")
df.write.format("huggingface").mode("overwrite").option("token", "hf_xxx").save("username/ph")
check("overwrite", count(spark, "username/ph") == 10)
df.write.format("huggingface").mode("overwrite").save("username/ph")
check("overwrite what is there", count(spark, "username/ph") == 10)
df.write.format("huggingface").mode("append").save("username/ph")
df.write.format("huggingface").mode("append").save("username/ph")
check("append twice", count(spark, "username/ph") == 30)
for mode in ("append", "overwrite"):
    df.write.format("huggingface").mode(mode).option("split", "test").save("username/ph")
check("a split beside it", (count(spark, "username/ph"), count(spark, "username/ph", split="test")) == (30, 10))
df.write.format("huggingface").mode("overwrite").option("split", "train_extra").save("username/ph")
df.write.format("huggingface").mode("overwrite").save("username/ph")
check("a split whose name begins alike stays", count(spark, "username/ph", split="train_extra") == 10)
df.write.format("huggingface").mode("overwrite").options(max_bytes_per_file=1, row_group_size=2, max_operations_per_commit=3).save("username/limits")
check("the smallest files", count(spark, "username/limits") == 10)
df.write.format("huggingface").mode("append").options(max_bytes_per_file=1, row_group_size=2, max_operations_per_commit=3).save("username/limits")
check("the smallest files, appended", count(spark, "username/limits") == 20)
