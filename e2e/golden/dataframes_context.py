"""What the lines of internal/plan/analyzer/testdata/dataframes.txt may use, and the session they are evaluated in."""

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import *  # noqa: F403


def session():
    return (
        SparkSession.builder.remote("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )


def evaluate(spark, line):
    """The DataFrame of a line, or an error where it is none."""
    names = {**globals(), "spark": spark, **{v: spark.read.table(v) for v in "tun"}}
    df = eval(line, names)
    if not hasattr(df, "_plan"):
        raise ValueError("no DataFrame")
    return df
