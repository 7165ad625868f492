"""Writes internal/engine/testdata/functions/*.json: what Spark answers to each line of the *.txt files beside them.

Needs Java and PySpark (classic, 4.3):  python e2e/golden/functions.py [name ...]

A line is an expression, or "expression ||| from" with what stands behind FROM. Lines that begin with "#" are comments, and
lines that begin with "@" set configuration for those that follow, in place of what was set before ("@" alone: the defaults).
A line "~ reason" says that hfspark answers the next line otherwise, and why.
"""

import json
import logging
import pathlib
import sys

from pyspark.sql import SparkSession

FOLDER = pathlib.Path(__file__).parents[2] / "internal" / "engine" / "testdata" / "functions"


def cases(path):
    settings, reason = {}, None
    for line in path.read_text().splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("@"):
            settings = dict(word.split("=", 1) for word in line[1:].split())
        elif line.startswith("~"):
            reason = line[1:].strip()
        else:
            expression, _, source = line.partition(" ||| ")
            case = {"sql": expression, "from": source, "settings": settings, "differs": reason}
            yield {key: value for key, value in case.items() if value}
            reason = None


def answer(spark, case):
    query = f"SELECT {case['sql']} AS r" + (f" FROM {case['from']}" if "from" in case else "")
    try:
        frame = spark.sql(query)
        kind = frame.schema[0].dataType.simpleString()
        text = "hex(r)" if kind == "binary" else "CAST(r AS STRING)"
        values = [row[0] for row in frame.selectExpr(text).collect()]
        return {"type": kind, "nullable": frame.schema[0].nullable, "values": values}
    except Exception as e:
        name = type(e).__name__
        message = str(e).split("\n== SQL")[0].split(" SQLSTATE: ")[0].split("; line ")[0].strip()
        if not hasattr(e, "getCondition") or not e.getCondition():
            return {"class": name, "message": message}
        message = message.split("] ", 1)[1].strip() if message.startswith("[") else message
        return {"class": name, "condition": e.getCondition(), "sqlState": e.getSqlState(), "message": message}


spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "1")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("OFF")
logging.disable(logging.CRITICAL)
for path in sorted(FOLDER.glob("*.txt")):
    if sys.argv[1:] and path.stem not in sys.argv[1:]:
        continue
    answers = []
    for case in cases(path):
        for key, value in case.get("settings", {}).items():
            spark.conf.set(key, value)
        answers.append({**case, **answer(spark, case)})
        for key in case.get("settings", {}):
            spark.conf.unset(key)
        spark.conf.set("spark.sql.session.timeZone", "UTC")
    text = "[\n" + ",\n".join(json.dumps(a, ensure_ascii=False) for a in answers) + "\n]\n"
    path.with_suffix(".json").write_text(text)
