"""Prints, for each kind of bad input, the exception that the client raises, as one JSON object a line."""

import json
import sys

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

spark = SparkSession.builder.remote("sc://localhost:15002").getOrCreate()


def read(repository, **options):
    return spark.read.format("huggingface").options(**options).load(repository)


def attempt(name, action):
    try:
        action()
        print(json.dumps({"name": name}))
    except PySparkException as e:
        print(json.dumps({"name": name, "class": type(e).__name__, "condition": e.getCondition(), "message": str(e)}))


attempt("repository", lambda: read("nobody/nothing").show())
attempt("repository name", lambda: read("a/b/c").show())
attempt("subset", lambda: read("open/instructions", config="8M").show())
attempt("split", lambda: read("open/instructions", config="7M", split="tset").show())
attempt("column", lambda: read("open/instructions", config="7M", columns='["langdetct"]').show())
attempt("filters", lambda: read("open/instructions", config="7M", filters='[("langdetect", "=" "zh")]').show())
attempt("filter operator", lambda: read("open/instructions", config="7M", filters='[("langdetect", "~", "zh")]').show())
attempt("filter type", lambda: read("open/instructions", config="7M", filters='[("langdetect", "=", 5)]').show())
attempt("filter column", lambda: read("open/instructions", config="7M", filters='[("lang", "=", "zh")]').show())
attempt("option", lambda: read("open/instructions", config="7M", splitt="train").show())
attempt("gated", lambda: read("BAAI/Infinity-Instruct", config="7M").show())
attempt("gated, wrong token", lambda: read("BAAI/Infinity-Instruct", config="7M", token="hf_wrong_secret").show())
attempt("gated, right token", lambda: read("BAAI/Infinity-Instruct", config="7M", token="hf_demo").count())
attempt("revision", lambda: read("open/instructions", config="7M", revision="v9").show())
attempt("not parquet", lambda: read("broken/notparquet").show())
attempt("truncated", lambda: read("broken/truncated").show())
attempt("cut for good", lambda: read("broken/cut").collect())
attempt("cut once", lambda: read("broken/cutonce").collect())
attempt("format", lambda: spark.read.format("orc").load("x").show())
attempt("no path", lambda: spark.read.format("huggingface").load().show())
attempt("write without the right", lambda: read("open/instructions", config="7M").write.format("huggingface").save("a/b"))
attempt("udf", lambda: spark.range(1).mapInPandas(lambda it: it, "id long").collect())
attempt("still serving", lambda: spark.range(1).collect())
