"""Measures hfspark beside its peers on this machine and prints one table.

usage: make bench            (or: python bench/run.py [--runs N] [--megabytes N])

Each pair runs alternately, on the same data, with the same number of threads; the table gives medians and their ratio.
"""

import argparse
import contextlib
import itertools
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
HFSPARK = os.environ.get("HFSPARK") or os.path.join(ROOT, "bin", "hfspark")


def install(venv="bench", requirements="requirements.txt"):
    """Runs this script again inside an environment of .venv that has the peers."""
    venv = os.path.join(ROOT, ".venv", venv)
    python = os.path.join(venv, "bin", "python")
    ready = os.path.join(venv, "ready")
    requirements = os.path.join(HERE, requirements)
    if not os.path.exists(ready) or os.path.getmtime(ready) < os.path.getmtime(requirements):
        print("installing the peers into", venv, file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", requirements], check=True)
        open(ready, "w").close()
    if os.path.realpath(sys.prefix) != os.path.realpath(venv):
        os.execv(python, [python, *sys.argv])


def write_text(folder, megabytes, files=4):
    """Writes a text column set of about that size in memory, in snappy Parquet, the same each time."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import random

    os.makedirs(folder, exist_ok=True)
    r = random.Random(7)
    words = ["".join(r.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(r.randint(2, 11))) for _ in range(20000)]
    # Words as frequent as in natural language, so that the text compresses as natural language does.
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1)))
    for file in range(files):
        text, size = [], 0
        while size < megabytes * 1_000_000 / files:
            text.append(" ".join(r.choices(words, cum_weights=weights, k=r.randint(20, 120))))
            size += len(text[-1])
        table = pa.table({
            "id": pa.array(range(file * 10**7, file * 10**7 + len(text))),
            "text": text,
            "language": [r.choice(["en", "zh-cn", "ja"]) for _ in text],
            "score": [r.random() for _ in text],
        })
        path = os.path.join(folder, f"train-{file:05d}-of-{files:05d}.parquet")
        pq.write_table(table, path, compression="snappy", row_group_size=len(text) // 8 + 1)


@contextlib.contextmanager
def serving(*args, **environment):
    """Runs a serving command and yields its address."""
    with serving_process(*args, **environment) as (address, _):
        yield address


@contextlib.contextmanager
def serving_process(*args, log=None, **environment):
    """Runs a serving command, whose log goes to a file, and yields its address and the number of its process."""
    process = subprocess.Popen([HFSPARK, *args], stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, **environment})
    try:
        yield re.search(r"(https?|sc)://\S+", process.stdout.readline()).group(), process.pid
    finally:
        process.terminate()
        process.wait()


def seconds(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def process_seconds(*command, **environment):
    return seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                          env={**os.environ, **environment}))


def compare(name, peer, ours, theirs, runs, table):
    """Runs both alternately, after one warm-up of each, and adds a row."""
    ours(), theirs()
    a, b = [], []
    for _ in range(runs):
        a.append(ours())
        b.append(theirs())
    row = (name, statistics.median(a), peer, statistics.median(b))
    table.append(row)
    print(f"{name}: hfspark {row[1]:.3f} s, {peer} {row[3]:.3f} s", file=sys.stderr)


LATENCY, BANDWIDTH = "30ms", 200_000_000  # of the distant Hub
SMALL = 400  # files of the set of small ones


def split_text(source, folder, files):
    """Writes the rows of a folder of Parquet files again, as many small files."""
    import pyarrow.parquet as pq

    os.makedirs(folder)
    table = pq.read_table(source)
    rows = table.num_rows // files + 1
    for file in range(files):
        path = os.path.join(folder, f"train-{file:05d}-of-{files:05d}.parquet")
        pq.write_table(table.slice(file * rows, rows), path, compression="snappy")


def column_bytes(folder, column):
    """Returns the bytes of a column's chunks in a folder: what a scan of it has to fetch."""
    import pyarrow.parquet as pq

    total = 0
    for name in os.listdir(folder):
        metadata = pq.ParquetFile(os.path.join(folder, name)).metadata
        for group in range(metadata.num_row_groups):
            for i in range(metadata.num_columns):
                chunk = metadata.row_group(group).column(i)
                if chunk.path_in_schema == column:
                    total += chunk.total_compressed_size
    return total


def line_rates(root, repositories, runs, table):
    """Measures scans through a Hub as slow as a distant one against the time that its line takes for the bytes alone."""
    from pyspark.sql import SparkSession

    arguments = ("--latency", LATENCY, "--bandwidth", str(BANDWIDTH))
    for repository, name in repositories:
        # Nothing is kept, so that every scan fetches all of it.
        with serving("hub", "--root", root, *arguments) as hub, serving(
                "serve", "--listen", "127.0.0.1:0", "--endpoint", hub, "--keep-memory", "0") as remote:
            spark = SparkSession.builder.remote(remote).create()
            spark.read.format("huggingface").load(repository).createOrReplaceTempView("t")
            took = [seconds(lambda: spark.sql("SELECT sum(length(text)) FROM t").collect()) for _ in range(runs + 1)]
            spark.stop()
        ideal = column_bytes(os.path.join(root, repository), "text") / BANDWIDTH
        ours = statistics.median(took[1:])
        table.append((f"scan of {name}, {LATENCY} and {BANDWIDTH // 10**6} MB/s", ours, "the line alone", ideal))
        print(f"{name}: {ours:.3f} s, {took[0]:.3f} s the first time; the line {ideal:.3f} s, "
              f"share {ideal / ours:.2f}", file=sys.stderr)


def peak_memory(*command, **environment):
    """Runs a command and returns its largest resident size in bytes."""
    code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    out = subprocess.run([sys.executable, "-c", code, *command], check=True, capture_output=True, text=True,
                         env={**os.environ, **environment}).stdout
    return int(out.split()[-1]) * 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--megabytes", type=int, default=240)
    options = parser.parse_args()

    import duckdb
    from pyspark.sql import SparkSession

    threads = os.cpu_count()
    table = []
    with tempfile.TemporaryDirectory() as root:
        write_text(os.path.join(root, "bench", "text"), options.megabytes)
        subprocess.run([HFSPARK, "demo", "--write", root], check=True, stdout=subprocess.DEVNULL)
        local = duckdb.connect(config={"threads": threads})
        files = os.path.join(root, "bench", "text", "*.parquet")
        with serving("hub", "--root", root) as hub, serving(
                "serve", "--listen", "127.0.0.1:0", "--endpoint", hub, HF_TOKEN="hf_demo") as remote:
            spark = SparkSession.builder.remote(remote).getOrCreate()
            df = spark.read.format("huggingface").load("bench/text")
            df.createOrReplaceTempView("t")

            def queries(name, sql):
                compare(name, "DuckDB, local files",
                        lambda: seconds(lambda: spark.sql(sql).collect()),
                        lambda: seconds(lambda: local.sql(sql.replace(" t", f" '{files}'")).fetchall()),
                        options.runs, table)

            queries(f"scan of a {options.megabytes} MB text column", "SELECT sum(length(text)) FROM t")
            queries("group and count", "SELECT language, count(*) FROM t GROUP BY language")
            queries("count", "SELECT count(*) FROM t")
            compare("all rows as Arrow", "DuckDB, local files",
                    lambda: seconds(lambda: spark.sql("SELECT * FROM t").toArrow()),
                    lambda: seconds(lambda: local.sql(f"SELECT * FROM '{files}'").to_arrow_table()),
                    options.runs, table)
            home = os.path.join(root, "home")
            first = ("import datasets; print(next(iter(datasets.load_dataset('BAAI/Infinity-Instruct', '7M', split='train',"
                     " streaming=True)))); import os, sys; sys.stdout.flush(); os._exit(0)")  # at exit its threads may abort
            compare("first row of 12 files, cold process", "datasets, streaming",
                    lambda: process_seconds(HFSPARK, "show", "BAAI/Infinity-Instruct", "--config", "7M", "--rows", "1",
                                            HF_ENDPOINT=hub, HF_TOKEN="hf_demo"),
                    lambda: process_seconds(sys.executable, "-c", first, HF_ENDPOINT=hub, HF_TOKEN="hf_demo",
                                            HF_HOME=home, HF_HUB_DISABLE_XET="1"),
                    options.runs, table)
            budget = max(options.megabytes // 10, 8)
            peak = peak_memory(HFSPARK, "sql", "SELECT sum(length(text)) FROM hf('bench/text')", "--memory", f"{budget}MB",
                               HF_ENDPOINT=hub)
            spark.stop()
        split_text(os.path.join(root, "bench", "text"), os.path.join(root, "bench", "small"), SMALL)
        line_rates(root, [("bench/text", "4 files"), ("bench/small", f"{SMALL} small files")], options.runs, table)
    print(f"{threads} cores; medians of {options.runs} runs\n")
    print("| what | hfspark | peer | | ratio |\n|---|---|---|---|---|")
    for name, ours, peer, theirs in table:
        print(f"| {name} | {ours:.3f} s | {peer} | {theirs:.3f} s | {ours / theirs:.2f} |")
    print(f"\nA scan of {options.megabytes} MB with --memory {budget}MB: {peak / 1e6:.0f} MB resident at its peak.")


if __name__ == "__main__":
    install()
    main()
