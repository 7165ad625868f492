"""Writes internal/plan/analyzer/testdata/dataframes.json: the plan that PySpark sends for each line of dataframes.txt, and
the schema or error that Spark Connect answers with.

Needs Java and PySpark (connect, 4.3):  python e2e/golden/dataframes.py
A line is a Python expression over spark, F, Window, the types, and the DataFrames t, u and n of views.sql.
"""

import base64
import json
import pathlib

import dataframes_context as context

FOLDER = pathlib.Path(__file__).parents[2] / "internal" / "plan" / "analyzer" / "testdata"


def lines(name):
    text = (FOLDER / name).read_text()
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("--")]


def answer(spark, line):
    try:
        df = context.evaluate(spark, line)
        plan = df._plan.to_proto(spark._client)
    except Exception as e:
        print("not recorded:", line, "->", str(e).splitlines()[0])
        return None
    plan.ClearField("compressed_operation")
    sent = {"query": line, "plan": base64.b64encode(plan.SerializeToString()).decode()}
    try:
        schema = spark._client.schema(df._plan.to_proto(spark._client))
    except Exception as e:
        if not hasattr(e, "getCondition"):
            return {**sent, "error": {"condition": type(e).__name__}}
        message = str(e).strip().split("\n\nJVM stacktrace:")[0].split(" SQLSTATE: ")[0].split("; line ")[0]
        message = message.split("] ", 1)[1] if message.startswith("[") else message
        return {**sent, "error": {
            "condition": e.getCondition() or "", "sqlState": e.getSqlState() or "", "parameters": e.getMessageParameters(), "message": message.strip(),
        }}
    return {**sent, "columns": [
        {"name": f.name, "type": f.dataType.simpleString(), "nullable": f.nullable, "json": f.dataType.jsonValue()} for f in schema.fields
    ]}


spark = context.session()
for view in lines("views.sql"):
    spark.sql(view).collect()
answers = [a for a in (answer(spark, line) for line in lines("dataframes.txt")) if a]
text = "[\n" + ",\n".join(json.dumps(a, ensure_ascii=False) for a in answers) + "\n]\n"
(FOLDER / "dataframes.json").write_text(text)
spark.stop()
