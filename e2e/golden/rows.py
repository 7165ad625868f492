"""Writes e2e/rows/testdata/{queries,dataframes}.json: what Spark shows for the queries and DataFrames of the analyzer's tests,
over the views of e2e/rows/testdata/views.sql.

Needs Java and PySpark (connect, 4.3):  python e2e/golden/rows.py
Queries whose rows no two runs agree on are left out.
"""

import base64
import json
import pathlib

import dataframes_context as context

ROOT = pathlib.Path(__file__).parents[2]
QUERIES = ROOT / "internal" / "plan" / "analyzer" / "testdata"
FOLDER = ROOT / "e2e" / "rows" / "testdata"
RANDOM = ("rand", "sample", "current_", "approx_", "monotonically", "first(", "last(", "any_value")


def lines(path):
    return [line.strip() for line in path.read_text().splitlines() if line.strip() and not line.startswith("--")]


def shown(df):
    try:
        return {"shown": df._show_string(1000, False)}
    except Exception as e:
        return {"condition": getattr(e, "getCondition", lambda: None)() or type(e).__name__}


def queries(spark):
    for query in lines(QUERIES / "queries.sql"):
        if any(word in query for word in RANDOM):
            continue
        try:
            df = spark.sql(query)
        except Exception:
            continue  # the analyzer's tests are about those
        yield {"query": query, **shown(df)}


def dataframes(spark):
    for line in lines(QUERIES / "dataframes.txt"):
        if any(word in line for word in RANDOM):
            continue
        try:
            df = context.evaluate(spark, line)
            plan = df._plan.to_proto(spark._client)
            df.schema
        except Exception:
            continue
        plan.ClearField("compressed_operation")
        yield {"query": line, "plan": base64.b64encode(plan.SerializeToString()).decode(), **shown(df)}


spark = context.session()
for view in lines(FOLDER / "views.sql"):
    spark.sql(view).collect()
for name, found in (("queries", queries), ("dataframes", dataframes)):
    text = "[\n" + ",\n".join(json.dumps(a, ensure_ascii=False) for a in found(spark)) + "\n]\n"
    (FOLDER / f"{name}.json").write_text(text)
spark.stop()
