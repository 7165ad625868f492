"""Records what Apache Spark says to the statements, expressions and types of this folder.

Run it with a Python that has pyspark 4 and a Java it can use, in this folder:

    python record.py

It reads statements.txt, expressions.txt, types.txt and names.txt, one text a line, in which \\n stands for a line break, and
writes for each a .json file that the Go tests compare with. Those need neither Python nor Java.
"""

import json
import sys

from pyspark.sql import SparkSession


def answer(parse, text):
    try:
        parse(text)
        return {"text": text, "ok": True}
    except Exception as error:  # the kinds of exceptions differ; all of them are answers
        java = getattr(error, "java_exception", None)
        answer = {"text": text, "ok": False, "message": java.getMessage() if java else str(error)}
        try:
            answer["condition"] = error.getCondition()
            answer["state"] = error.getSqlState()
        except AttributeError:
            pass
        return {k: v for k, v in answer.items() if v is not None}


def lines(name):
    with open(name, encoding="utf-8") as file:
        return [line.rstrip("\n").replace("\\n", "\n") for line in file]


def write(name, answers):
    with open(name, "w", encoding="utf-8") as file:
        json.dump(answers, file, ensure_ascii=False, indent=1)
        file.write("\n")


def main():
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    parser = spark._jsparkSession.sessionState().sqlParser()
    write("statements.json", [answer(parser.parsePlan, text) for text in lines("statements.txt")])
    write("expressions.json", [answer(parser.parseExpression, text) for text in lines("expressions.txt")])
    types = []
    for text in lines("types.txt"):
        entry = answer(parser.parseDataType, text)
        if entry["ok"]:
            entry["json"] = parser.parseDataType(text).json()
        types.append(entry)
    write("types.json", types)
    spark.sql(
        "CREATE TEMPORARY VIEW t AS SELECT 1 a, 's' s, true b, array(1, 2) xs, map('k', 1) m, named_struct('x', 1, 'y z', 'q') st, "
        "date '2020-01-01' d, timestamp '2020-01-01' ts, 1.5D f, 1 `a b`"
    )
    names = []
    for text in lines("names.txt"):
        names.append({"text": text, "columns": spark.sql("SELECT " + text + " FROM t").columns})
    write("names.json", names)
    spark.stop()


if __name__ == "__main__":
    sys.exit(main())
