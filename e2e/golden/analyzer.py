"""Writes internal/plan/analyzer/testdata/queries.json: the schema or error that Spark gives each line of queries.sql, and
legacy.json: those it gives legacy.sql with spark.sql.ansi.enabled=false.

Needs Java and PySpark (classic, 4.3):  python e2e/golden/analyzer.py
Lines that begin with "--" are comments; those of views.sql are run before, and make the views that the queries read.
"""

import json
import pathlib

from pyspark.sql import SparkSession

FOLDER = pathlib.Path(__file__).parents[2] / "internal" / "plan" / "analyzer" / "testdata"


def lines(name):
    text = (FOLDER / name).read_text()
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("--")]


def answer(spark, query):
    try:
        schema = spark.sql(query).schema
    except Exception as e:
        if not hasattr(e, "getCondition"):
            return {"query": query, "error": {"condition": type(e).__name__}}
        message = str(e).strip().split(" SQLSTATE: ")[0].split("; line ")[0]
        message = message.split("] ", 1)[1] if message.startswith("[") else message
        return {"query": query, "error": {
            "condition": e.getCondition(), "sqlState": e.getSqlState(), "parameters": e.getMessageParameters(), "message": message.strip(),
        }}
    return {"query": query, "columns": [
        {"name": f.name, "type": f.dataType.simpleString(), "nullable": f.nullable, "json": f.dataType.jsonValue()} for f in schema.fields
    ]}


spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("OFF")
for view in lines("views.sql"):
    spark.sql(view)
for name, ansi in (("queries", "true"), ("legacy", "false")):
    spark.conf.set("spark.sql.ansi.enabled", ansi)
    answers = [answer(spark, query) for query in lines(name + ".sql")]
    text = "[\n" + ",\n".join(json.dumps(a, ensure_ascii=False) for a in answers) + "\n]\n"
    (FOLDER / (name + ".json")).write_text(text)
