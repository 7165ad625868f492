"""Measures writes to a Hub in a folder beside pyspark_huggingface on Apache Spark and DuckDB's COPY to a local file; prints one table.

usage: make bench-writing        (or: python bench/writing.py [--runs N] [--megabytes N])

All read the same Parquet files, hfspark through the Hub and the others from the disk, and write all rows. Each runs alternately, each
time in a new process and to a new place; memory is that of the largest process of each. The rows "start" have the bare start, which the
others contain. The repository writer of pyspark_huggingface 2.1 hands an argument to huggingface_hub that does not exist; it runs with
that one line mended.
"""

import argparse
import itertools
import os
import sys
import tempfile

from hub_pairs import Bench
from run import HFSPARK, install, serving, write_text

COPY = "import sys, duckdb; duckdb.sql(f\"COPY (FROM read_parquet('{sys.argv[1]}/*.parquet')) TO '{sys.argv[2]}' (FORMAT parquet)\")"
INCUMBENT = """
import os, sys
from huggingface_hub import HfApi
from pyspark.sql import SparkSession
from pyspark_huggingface.huggingface_sink import HuggingFaceDatasetsWriter, HuggingFaceSink

class Api(HfApi):
    def list_repo_tree(self, data_dir=None, **arguments):
        return super().list_repo_tree(path_in_repo=data_dir, **arguments)

class Writer(HuggingFaceDatasetsWriter):
    def _get_api(self):
        return Api(token=self.token, endpoint=self.endpoint)

class Sink(HuggingFaceSink):
    @classmethod
    def name(cls):
        return "mended"

    def writer(self, schema, overwrite):
        writer = super().writer(schema, overwrite)
        writer.__class__ = Writer
        return writer

os.environ["PYSPARK_PYTHON"] = sys.executable
spark = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.driver.memory", "4g")
         .config("spark.driver.host", "127.0.0.1").config("spark.log.level", "OFF").getOrCreate())
spark.dataSource.register(Sink)
HfApi().create_repo(sys.argv[2], repo_type="dataset", exist_ok=True)
df = spark.read.parquet(sys.argv[1]) if sys.argv[1] != "nothing" else spark.range(1)
df.write.format("mended").mode("overwrite").options(token=os.environ["HF_TOKEN"], endpoint=os.environ["HF_ENDPOINT"]).save(sys.argv[2])
"""


class WriteBench(Bench):
    """A bench whose commands name a repository as NEW, or a file as OUT, that is new each time."""

    numbers = itertools.count()

    def once(self, command, **environment):
        from huggingface_hub import HfApi

        number = next(self.numbers)
        out = os.path.join(self.root, f"out{number}.parquet")
        replaced = [{"NEW": f"bench/written{number}", "OUT": out}.get(part, part) for part in command]
        try:
            return super().once(replaced, **environment)
        finally:
            if os.path.exists(out):
                os.remove(out)
            # Otherwise the Hub would know the same content already when it is sent again.
            HfApi(self.environment["HF_ENDPOINT"], token=self.environment["HF_TOKEN"]).delete_repo(
                f"bench/written{number}", repo_type="dataset", missing_ok=True)


def write_numbers(folder, megabytes, files=4):
    """Writes columns of numbers and short texts of about that size in memory, the same each time."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    os.makedirs(folder)
    r = np.random.default_rng(7)
    rows = megabytes * 1_000_000 // 45 // files
    for file in range(files):
        table = pa.table({
            "id": np.arange(file * rows, (file + 1) * rows),
            "small": r.integers(0, 1000, rows, dtype=np.int32),
            "value": r.normal(size=rows),
            "price": np.round(r.lognormal(3, 1, rows), 2),
            "at": 1_700_000_000_000_000 + np.cumsum(r.integers(0, 5_000_000, rows)),  # no timestamps: the peer's writer refuses those of Spark
            "kind": pa.array(np.array(["alpha", "beta", "gamma", "delta"])[r.integers(0, 4, rows)]),
        })
        pq.write_table(table, os.path.join(folder, f"train-{file:05d}-of-{files:05d}.parquet"), compression="snappy", row_group_size=rows // 8 + 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--no-spark", action="store_true", help="leave out pyspark_huggingface")
    parser.add_argument("--dir", help="a folder for the data (default: the system's for temporary files)")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(dir=options.dir) as work:
        root = os.path.join(work, "hub")
        for name, write in (("text", write_text), ("numbers", write_numbers)):
            write(os.path.join(root, "bench", name, "data"), options.megabytes)
        with open(os.path.join(root, ".hfspark-hub.yaml"), "w", encoding="utf-8") as f:
            f.write("tokens:\n  hf_bench: {user: bench}\n")
        with serving("hub", "--root", root, "--listen", "127.0.0.1:0") as hub:
            bench = WriteBench(work, hub, options.runs)
            bench.environment["HF_TOKEN"] = "hf_bench"
            python, plain = [sys.executable, "-c"], {"HF_HUB_DISABLE_XET": "1"}
            for name in ("text", "numbers"):
                folder = os.path.join(root, "bench", name, "data")
                peers = [("DuckDB's COPY to a file", [*python, COPY, folder, "OUT"], {})]
                if not options.no_spark:
                    peers.append(("pyspark_huggingface 2.1, local[2]", [*python, INCUMBENT, folder, "NEW"], plain))
                bench.compare(f"write {options.megabytes} MB of {name}", [HFSPARK, "write", "-q", f"SELECT * FROM hf('bench/{name}')", "NEW"], peers)
            if not options.no_spark:
                bench.compare("start", [HFSPARK, "write", "-q", "SELECT * FROM range(1)", "NEW"],
                              [("pyspark_huggingface 2.1, local[2]", [*python, INCUMBENT, "nothing", "NEW"], plain)])
    bench.table()


if __name__ == "__main__":
    install("bench-read", "requirements-read.txt")
    main()
