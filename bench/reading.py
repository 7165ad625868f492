"""Measures reading through a local Hub beside other programs and prints one table.

usage: make bench-read        (or: python bench/reading.py [--small] [--runs N] [--dir FOLDER] [--only snappy,csv] [--links near])

The data is made once in a folder and lies in the page cache. Every link (a Hub on this machine as it is, and one that waits 30 ms
before each answer and sends 200 MB a second) has a Hub of its own. For each dataset and measure all programs run in turn, N times
after one turn that is not counted; the table gives medians. What is warm and what is cold:

* `engine, new`: a new `hfspark serve` with an empty HF_HOME each time, asked by PySpark's Connect client; start and connection
  are not counted, resolving the dataset is. `engine, again`: the same query on the same server once more.
* `command`: `hfspark sql` as a new process with an empty HF_HOME; everything is counted.
* The others are processes that live as long as the Hub does; each run resolves its dataset anew.

Bytes are what the Hub's process wrote to its sockets, headers and listings included. Memory is the largest resident size of the
program's processes together, their imports included (pages that forked workers share are counted once for each). Needs Linux.
"""

import argparse
import contextlib
import json
import os
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import reading_data
from reading_peers import polars_hub, query
from run import HERE, HFSPARK, ROOT, install, serving_process

LINKS = {"near": (), "far": ("--latency", "30ms", "--bandwidth", "200000000")}
BANDWIDTH = 200_000_000
MEASURES = ["full scan", "one column", "count", "first row"]
PEERS = ["pyspark_huggingface", "pyspark_huggingface, columns named", "datasets", "DuckDB", "Polars"]
GIB = 1 << 30


def descendants(pid):
    """Returns a process and all that came of it."""
    children = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{entry}/stat") as stat:
            children.setdefault(int(stat.read().rpartition(")")[2].split()[1]), []).append(int(entry))
    found = [pid]
    for process in found:
        found.extend(children.get(process, []))
    return found


def reset_peak(pid):
    for process in descendants(pid):
        with contextlib.suppress(OSError), open(f"/proc/{process}/clear_refs", "w") as out:
            out.write("5")


def peak(pid):
    """Returns the largest resident size in bytes since reset_peak, of all processes together."""
    total = 0
    for process in descendants(pid):
        with contextlib.suppress(OSError), open(f"/proc/{process}/status") as status:
            total += sum(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
    return total


def written(pid):
    """Returns how many bytes a process has written."""
    with open(f"/proc/{pid}/io") as io:
        return next(int(line.split()[1]) for line in io if line.startswith("wchar:"))


class Peer:
    """A process of reading_peers.py."""

    def __init__(self, name, environment, timeout):
        self.name, self.timeout = name, timeout
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "reading_peers.py"), name], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **environment})

    def ask(self, **command):
        try:
            self.process.stdin.write(json.dumps(command) + "\n")
            self.process.stdin.flush()
            if not select.select([self.process.stdout], [], [], self.timeout)[0]:
                self.close()
                return {"error": f"no answer in {self.timeout} s"}
            return json.loads(self.process.stdout.readline() or '{"error": "the program crashed"}')
        except (BrokenPipeError, ValueError):
            return {"error": "the program has ended"}

    def close(self):
        for process in reversed(descendants(self.process.pid)):
            with contextlib.suppress(OSError):
                os.kill(process, 9)
        self.process.wait()


class Bench:
    """Measures through one Hub."""

    def __init__(self, link, root, hub, pid, scratch, options):
        self.link, self.root, self.hub, self.pid, self.scratch, self.options = link, root, hub, pid, scratch, options
        self.environment = {"HF_ENDPOINT": hub, "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_TOKEN": "",
                            "HF_HUB_DISABLE_PROGRESS_BARS": "1", "SPARK_LOCAL_IP": "127.0.0.1", "PYTHONWARNINGS": "ignore"}
        self.client = Peer("connect", self.environment, options.timeout)
        self.peers = {}
        self.failed = {}
        self.rows = []

    def close(self):
        for peer in [self.client, *self.peers.values()]:
            peer.close()

    def home(self):
        return tempfile.mkdtemp(dir=self.scratch)

    def measured(self, pid, action):
        """Runs an action and adds to its answer the bytes that the Hub sent and the program's peak memory."""
        if pid:
            reset_peak(pid)
        before = written(self.pid)
        answer = action()
        answer["bytes"] = written(self.pid) - before
        if pid:
            answer["memory"] = peak(pid)
        return answer

    def engine(self, name, measure):
        """Returns what a new server needs, and what it needs once more."""
        home = self.home()
        with serving_process("serve", "--listen", "127.0.0.1:0", "--endpoint", self.hub, **self.environment, HF_HOME=home) as (
                remote, pid):
            command = {"name": name, "remote": remote, "folder": self.folder(name)}
            self.client.ask(**command, measure="prepare")
            new, again = (self.measured(pid, lambda: self.client.ask(**command, measure=measure)) for _ in range(2))
        shutil.rmtree(home)
        return new, again

    def command(self, name, measure):
        home = self.home()
        arguments = ([HFSPARK, "show", f"bench/{name}", "--rows", "1", "--format", "json"] if measure == "first row"
                     else [HFSPARK, "sql", query(name, measure, f"hf('bench/{name}')"), "--format", "json"])

        def action():
            start = time.perf_counter()
            process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                       env={**os.environ, **self.environment, "HF_HOME": home})
            log = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                return {"error": log.decode().strip()[-300:]}
            return {"seconds": time.perf_counter() - start, "memory": usage.ru_maxrss * 1024}

        answer = self.measured(None, action)
        shutil.rmtree(home)
        return answer

    def peer(self, label, name, measure):
        if label not in self.peers or self.peers[label].process.poll() is not None:
            self.peers[label] = Peer(label, {**self.environment, "HF_HOME": self.home()}, self.options.timeout)
            self.peers[label].ask(name=name, measure="prepare", folder="", hub=self.hub)
        process = self.peers[label]
        command = {"name": name, "measure": measure, "folder": self.folder(name), "hub": self.hub}
        return self.measured(process.process.pid, lambda: process.ask(**command))

    def folder(self, name):
        return os.path.join(self.root, "bench", name)

    def compare(self, name, what, measure):
        taken = {}
        over = {label for label in PEERS if label == "DuckDB" and self.link == "far"}  # local files know no link
        for turn in range(self.options.runs + 1):
            answers = {}
            answers["engine, new"], answers["engine, again"] = self.engine(name, measure)
            answers["command"] = self.command(name, measure)
            for label in PEERS:
                if label in self.options.without or label in over:
                    continue
                answer = answers[label] = self.peer(label, name, measure)
                # Programs that fail, or take very long, run once.
                if "error" in answer or answer["seconds"] > self.options.patience:
                    over.add(label)
                    if not answer.get("skipped"):
                        taken.setdefault(label, []).append(answer)
                    answers.pop(label)
            self.check(what, measure, answers)
            if turn > 0:
                for label, answer in answers.items():
                    taken.setdefault(label, []).append(answer)
        least = reading_data.minimum(self.folder(name), measure, name) if measure != "first row" else None
        row = {"link": self.link, "name": name, "what": what, "measure": measure, "least": least, "taken": taken}
        self.rows.append(row)
        print(self.link, what, measure, {label: shown(row, label) for label in taken}, file=sys.stderr, flush=True)

    def check(self, what, measure, answers):
        """Tells of programs that disagree: such times cannot be compared."""
        results = {label: a["result"] for label, a in answers.items() if "result" in a}
        if len({json.dumps(r) for r in results.values()}) > 1:
            print(f"WARNING: {what}, {measure}: the results differ: {results}", file=sys.stderr)


def median(row, label, key="seconds"):
    values = [a[key] for a in row["taken"].get(label, []) if "error" not in a and key in a]
    return statistics.median(values) if values else None


def shown(row, label):
    value = median(row, label)
    return f"{value:.3f} s" if value is not None else next((a["error"] for a in row["taken"].get(label, []) if "error" in a), "-")


def ratio(row, label, ours):
    """Returns a peer's time over ours; above 1 hfspark is faster."""
    a, b = median(row, ours), median(row, label)
    return b / a if a and b else None


def cell(row, label):
    value = median(row, label)
    if value is None:
        return "fails" if row["taken"].get(label) else "-"
    return f"{value:.2f} s ({ratio(row, label, 'engine, new'):.1f})"


def print_table(rows):
    peers = [label for label in PEERS if any(label in row["taken"] for row in rows)]
    print("| link | dataset | measure | engine, new | engine, again | command | " + " | ".join(peers) +
          " | MB fetched / least | fetched again | line share | memory: engine, command | peers' |")
    print("|" + "---|" * (11 + len(peers)))
    for row in rows:
        new, again, command = ((f"{median(row, label):.3f} s" if median(row, label) is not None else "fails")
                               for label in ("engine, new", "engine, again", "command"))
        fetched, least = median(row, "engine, new", "bytes"), row["least"]
        share = line_share(row)
        memory = "/".join(f"{max((a.get('memory', 0) for a in row['taken'].get(label, [])), default=0) / 1e6:.0f}" for label in ("engine, new", "command"))
        theirs = "/".join(f"{max((a.get('memory', 0) for a in row['taken'].get(label, [])), default=0) / 1e6:.0f}" for label in peers)
        print(f"| {row['link']} | {row['what']} | {row['measure']} | {new} | {again} | {command} | " + " | ".join(cell(row, p) for p in peers)
              + f" | {(fetched or 0) / 1e6:.2f} / " + (f"{least / 1e6:.2f}" if least is not None else "-")
              + f" | {(median(row, 'engine, again', 'bytes') or 0) / 1e6:.2f} | " + (f"{share:.2f}" if share else "-") + f" | {memory} MB | {theirs} MB |")


def line_share(row):
    """Returns the share of a far line's rate that a scan reaches, counting the bytes that it has to fetch: of the second scan, or, where
    that finds too much of the first in memory, of the first, whose time is also that of resolving the dataset."""
    if row["link"] == "near" or not row["least"]:
        return None
    for label in ("engine, again", "engine, new"):
        seconds = median(row, label)
        if seconds and (median(row, label, "bytes") or 0) >= row["least"]:
            return row["least"] / BANDWIDTH / seconds
    return None


def bars(rows):
    """Yields what is aimed at: a name, the value, the bound and whether it holds."""
    parquet, text = ("snappy", "zstd", "many"), ("jsonl", "jsonl-gz", "csv")
    for row in rows:
        name, measure, near = row["name"], row["measure"], row["link"] == "near"
        label = f"{row['link']}, {row['what']}, {measure}"
        if near and name in parquet and measure == "full scan":
            floor = ratio(row, "DuckDB", "engine, again")
            if floor:
                yield f"{label}: times DuckDB on local files", 1 / floor, "at most", 1.3
        if near and name in parquet and measure in ("full scan", "one column"):
            faster = ratio(row, "pyspark_huggingface", "engine, new")
            if faster:
                yield f"{label}: times faster than pyspark_huggingface", faster, "at least", 5 if measure == "full scan" else 10
        if not near and name in parquet and measure == "full scan" and line_share(row):
            yield f"{label}: share of the line's rate", line_share(row), "at least", 0.9
        if near and name in text and measure == "full scan":
            faster = ratio(row, "datasets", "engine, new")
            if faster:
                yield f"{label}: times faster than datasets", faster, "at least", 3
        # Of a few small answers most is headers and listings.
        if (row["least"] or 0) > 20_000_000 and (fetched := median(row, "engine, new", "bytes")):
            yield f"{label}: bytes fetched over the least", fetched / row["least"], "at most", 1.05
        largest = max((a.get("memory", 0) for l in ("engine, new", "engine, again", "command") for a in row["taken"].get(l, [])), default=0)
        yield f"{label}: peak memory in GiB", largest / GIB, "at most", 1


def print_bars(rows):
    missed = [(name, value, word, bound) for name, value, word, bound in bars(rows) if not (value <= bound if word == "at most" else value >= bound)]
    print(f"\n{sum(1 for _ in bars(rows)) - len(missed)} aims are met, {len(missed)} are missed:\n")
    for name, value, word, bound in missed:
        print(f"* {name}: {value:.2f}, {word} {bound} is aimed at")
    for row in rows:
        for label, answers in row["taken"].items():
            for a in answers[:1]:
                if "error" in a:
                    print(f"* {row['link']}, {row['what']}, {row['measure']}: {label} fails: {a['error']}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true", help="little data and one run: a test of this script")
    parser.add_argument("--runs", type=int)
    parser.add_argument("--dir", help="a folder that keeps the data (default: .cache/bench-read in the checkout)")
    parser.add_argument("--only", help="datasets, by commas")
    parser.add_argument("--measures", help="measures, by commas")
    parser.add_argument("--links", default="near,far")
    parser.add_argument("--without", default="", help="peers to leave out, by semicolons")
    parser.add_argument("--patience", type=float, default=60, help="seconds from which a peer runs once")
    parser.add_argument("--timeout", type=float, default=900, help="seconds after which a program is given up")
    options = parser.parse_args()
    options.runs = options.runs or (1 if options.small else 3)
    options.without = options.without.split(";")
    kept = options.dir or os.path.join(ROOT, ".cache", "bench-read")
    root = os.path.join(kept, "small" if options.small else "full")
    wanted = options.only.split(",") if options.only else list(reading_data.datasets(options.small))
    made = reading_data.write(root, options.small, wanted)
    rows = []
    try:
        measure_links(root, made, options, rows)
    finally:  # What has been measured is told, whatever ends the rest.
        report(rows, options)


def measure_links(root, made, options, rows):
    """Adds a row for each link, dataset and measure."""
    with tempfile.TemporaryDirectory() as scratch:
        for link in options.links.split(","):
            with serving_process("hub", "--root", root, *LINKS[link], HF_HOME=scratch) as (hub, pid):
                os.environ["HF_ENDPOINT"] = hub
                print("Polars over hf://:", polars_hub() or "measured", file=sys.stderr)
                bench = Bench(link, root, hub, pid, scratch, options)
                try:
                    for name, what in made.items():
                        for measure in options.measures.split(",") if options.measures else MEASURES:
                            bench.compare(name, what, measure)
                finally:
                    bench.close()
                    rows += bench.rows


def report(rows, options):
    print(f"{os.cpu_count()} cores; medians of {options.runs} runs; in brackets the peer's time over that of `engine, new`: above 1 hfspark is faster\n")
    print_table(rows)
    print_bars(rows)
    print("\nPolars is measured at the files' addresses over HTTP: hf:// asks huggingface.co, whatever HF_ENDPOINT says.")


if __name__ == "__main__":
    install("bench-read", "requirements-read.txt")
    main()
