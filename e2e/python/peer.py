"""Runs scripts on Apache Spark itself, reading the same rows as plain Parquet.

usage: peer.py ROOT OUT SCRIPT...

ROOT holds the repositories of a local Hub. The scripts are ones that connect to hfspark with `.remote(...)` and read
`spark.read.format("huggingface")`; here they get a session on the JVM whose reader resolves the demo's repositories by hand.
What a script prints goes to OUT/<its name>.txt.
"""

import ast
import contextlib
import functools
import glob
import os
import re
import sys
import traceback

from pyspark.sql import SparkSession
from pyspark.sql.readwriter import DataFrameReader

root, out, *scripts = sys.argv[1:]


class Repository:
    """The few options of the data source that the scripts use, over Spark's own Parquet reader."""

    def __init__(self, spark):
        self.spark, self.chosen = spark, {}

    def option(self, key, value):
        self.chosen[key.lower()] = value
        return self

    def options(self, **options):
        for key, value in options.items():
            self.option(key, value)
        return self

    def load(self, repository):
        folder = self.chosen.get("config") or "plain_text"
        split = self.chosen.get("split", "train")
        files = sorted(glob.glob(os.path.join(root, repository, folder, split + "-*.parquet")))
        # One read a file, in the order of names: Spark by itself would order files by size.
        df = functools.reduce(lambda a, b: a.union(b), (self.spark.read.parquet(f) for f in files))
        for column, operator, value in ast.literal_eval(self.chosen.get("filters", "[]")):
            assert operator == "="
            df = df.where(df[column] == value)
        if "columns" in self.chosen:
            df = df.select(*ast.literal_eval(self.chosen["columns"]))
        return df


original = DataFrameReader.format


def read_format(self, source):
    return Repository(self._spark) if source == "huggingface" else original(self, source)


DataFrameReader.format = read_format
session = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.driver.host", "127.0.0.1")
    .getOrCreate()
)
failed = False
for script in scripts:
    source = re.sub(r"\.remote\([^)]*\)", "", open(script, encoding="utf-8").read())
    name = os.path.splitext(os.path.basename(script))[0]
    for view in session.catalog.listTables():
        session.catalog.dropTempView(view.name)
    with open(os.path.join(out, name + ".txt"), "w", encoding="utf-8") as file, contextlib.redirect_stdout(file):
        try:
            exec(compile(source, script, "exec"), {"__name__": "__main__"})
        except Exception:
            failed = True
            traceback.print_exc()
sys.exit(failed)
