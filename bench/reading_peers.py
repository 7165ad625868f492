"""Programs that reading.py measures. Run with a name, reads commands as lines of JSON and answers each with seconds and a result.

A process lives as long as one Hub does, so that what it imports and starts (Python, a JVM, a session) is not counted; each command
resolves its dataset anew, as a new program would.
"""

import json
import os
import sys
import time

FULL = "sum(length(text)), sum(id), sum(score), max(language)"
MEASURES = {
    "table": {"full scan": FULL, "one column": "sum(score)", "count": "count(*)"},
    "tar": {"full scan": "sum(length(jpg.bytes)), sum(length(txt))", "one column": "sum(length(txt))", "count": "count(*)"},
}
COLUMN = {"table": "score", "tar": "txt"}


def kind(name):
    return "tar" if name == "tar" else "table"


def query(name, measure, table):
    """Returns the query of a measure."""
    if measure == "first row":
        return f"SELECT * FROM {table} LIMIT 1"
    return f"SELECT {MEASURES[kind(name)][measure]} FROM {table}"


def tidy(row, measure):
    """Makes results of different programs comparable; a first row only tells that it came."""
    if measure == "first row":
        return len(row) > 0
    return [float(f"{value:.9g}") if isinstance(value, (int, float)) else str(value) for value in row]


class Connect:
    """PySpark's client of a Spark Connect server."""

    def __init__(self):
        self.session, self.remote = None, None

    def prepare(self, command):
        from pyspark.sql import SparkSession

        if self.remote != command["remote"]:
            if self.session:
                self.session.client.close()  # its server has gone
            self.remote, self.session = command["remote"], SparkSession.builder.remote(command["remote"]).create()
            self.session.range(1).collect()

    def run(self, name, measure, command):
        self.session.read.format("huggingface").load(f"bench/{name}").createOrReplaceTempView("t")
        return self.session.sql(query(name, measure, "t")).collect()[0]


class Incumbent:
    """pyspark_huggingface on local Spark, with and without its option that names columns."""

    def __init__(self, columns=False):
        from pyspark.sql import SparkSession
        from pyspark_huggingface import DefaultSource

        self.columns = columns
        os.environ["PYSPARK_PYTHON"] = sys.executable
        self.session = (SparkSession.builder.master(f"local[{os.cpu_count()}]").config("spark.ui.enabled", "false")
                        .config("spark.log.level", "OFF").config("spark.sql.execution.arrow.pyspark.enabled", "true").getOrCreate())
        self.session.dataSource.register(DefaultSource)
        self.session.range(1).collect()

    def prepare(self, command):
        pass

    def run(self, name, measure, command):
        reader = self.session.read.format("huggingface")
        if self.columns:
            if measure not in ("one column", "count") or name not in ("snappy", "zstd", "many"):
                raise NotImplementedError("no columns to name")
            reader = reader.option("columns", '["score"]')
        reader.load(f"bench/{name}").createOrReplaceTempView("t")
        return self.session.sql(query(name, measure, "t")).collect()[0]


class Streaming:
    """datasets with streaming=True in one process, in batches of Arrow, which is its fastest way; where the format can leave columns
    out, only those that are needed are named."""

    def prepare(self, command):
        import datasets

        datasets.disable_progress_bars()

    def run(self, name, measure, command):
        import datasets
        import pyarrow.compute as pc

        options = {}
        if measure in ("one column", "count"):
            options = {"columns": ["score"]} if name in ("snappy", "zstd", "many") else {"usecols": ["score"]} if name == "csv" else {}
        rows = datasets.load_dataset(f"bench/{name}", split="train", streaming=True, **options)
        if name == "tar":
            rows = rows.decode(False)
        if measure == "first row":
            return list(next(iter(rows)))
        if measure != "full scan":
            rows = rows.select_columns([COLUMN[kind(name)]])
        count, text, ids, score, language, jpg, txt = 0, 0, 0, 0.0, "", 0, 0
        if name == "tar":  # made of Python objects anyway
            for row in rows:
                count += 1
                jpg += len(row["jpg"]["bytes"]) if measure == "full scan" else 0
                txt += len(row["txt"])
            return [count] if measure == "count" else [jpg, txt] if measure == "full scan" else [txt]
        for batch in rows.with_format("arrow").iter(batch_size=1000):
            count += len(batch)
            names = batch.column_names if measure != "count" else []
            if "text" in names:
                text += pc.sum(pc.utf8_length(batch["text"])).as_py()
                ids += pc.sum(batch["id"]).as_py()
                language = max(language, pc.max(batch["language"]).as_py())
            if "score" in names:
                score += pc.sum(batch["score"]).as_py()
        if measure == "count":
            return [count]
        return [text, ids, score, language] if measure == "full scan" else [score]


class DuckDB:
    """DuckDB on the local files: the floor."""

    READERS = {"jsonl": "read_json_auto", "jsonl-gz": "read_json_auto", "csv": "read_csv"}

    def __init__(self):
        import duckdb

        self.connection = duckdb.connect(config={"threads": os.cpu_count()})

    def prepare(self, command):
        if "tar" in command["name"]:
            raise NotImplementedError("DuckDB reads no WebDataset")

    def run(self, name, measure, command):
        return self.connection.sql(query(name, measure, f"{self.READERS.get(name, 'read_parquet')}('{command['folder']}/*')")).fetchall()[0]


class Polars:
    """Polars at the addresses of the files, over HTTP: its hf:// knows huggingface.co alone."""

    def prepare(self, command):
        if command["name"] not in ("snappy", "zstd", "many", "jsonl", "csv"):
            raise NotImplementedError("Polars does not read it")

    def run(self, name, measure, command):
        import polars as pl
        import urllib.request

        with urllib.request.urlopen(f"{command['hub']}/api/datasets/bench/{name}") as answer:
            info = json.load(answer)
        paths = sorted(s["rfilename"] for s in info["siblings"] if s["rfilename"].startswith("train"))
        urls = [f"{command['hub']}/datasets/bench/{name}/resolve/{info['sha']}/{path}" for path in paths]
        scan = {"jsonl": pl.scan_ndjson, "csv": pl.scan_csv}.get(name, pl.scan_parquet)
        frame = scan(urls)
        if measure == "first row":
            return frame.head(1).collect().row(0)
        columns = {
            "full scan": [pl.col("text").str.len_chars().sum(), pl.col("id").sum(), pl.col("score").sum(), pl.col("language").max()],
            "one column": [pl.col("score").sum()],
            "count": [pl.len()],
        }[measure]
        return frame.select(columns).collect(engine="streaming").row(0)


PEERS = {
    "connect": Connect,
    "pyspark_huggingface": Incumbent,
    "pyspark_huggingface, columns named": lambda: Incumbent(columns=True),
    "datasets": Streaming,
    "DuckDB": DuckDB,
    "Polars": Polars,
}


def polars_hub():
    """Returns why Polars' hf:// cannot be measured, or "" if it asks the Hub that HF_ENDPOINT names."""
    import polars as pl

    try:
        pl.scan_parquet("hf://datasets/bench/snappy/*.parquet").collect_schema()
    except Exception as error:
        return str(error).splitlines()[0]
    return ""


def main():
    peer = PEERS[sys.argv[1]]()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print
    for line in sys.stdin:
        command = json.loads(line)
        try:
            peer.prepare(command)
            if command["measure"] == "prepare":
                answer = {}
            else:
                start = time.perf_counter()
                row = peer.run(command["name"], command["measure"], command)
                answer = {"seconds": time.perf_counter() - start, "result": tidy(row, command["measure"])}
        except Exception as error:
            answer = {"error": " ".join(f"{type(error).__name__}: {error}".split())[:300],
                      "skipped": isinstance(error, NotImplementedError)}
        print(json.dumps(answer), file=answers, flush=True)
    os._exit(0)  # threads of some libraries abort at exit


if __name__ == "__main__":
    main()
