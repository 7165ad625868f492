"""Measures downloads and listings of a Hub in a folder beside huggingface_hub and prints one table.

usage: make bench-hub        (or: python bench/hub.py [--runs N] [--megabytes N] [--files N] [--listed N])

Each pair runs alternately, each time in a new process with an empty cache. Wall times depend on what else the machine does, CPU
seconds (of the client alone) hardly; the table gives medians of both, their ratios, and the largest resident size.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from run import HFSPARK, ROOT, install, serving

PYTHON_DOWNLOAD = "import sys; from huggingface_hub import snapshot_download; snapshot_download(sys.argv[1], repo_type='dataset')"
PYTHON_LISTING = ("import sys; from huggingface_hub import HfApi;"
                  "print(sum(1 for _ in HfApi().list_repo_tree(sys.argv[1], repo_type='dataset', recursive=True)))")


def write_file(path, size):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        while size > 0:
            out.write(os.urandom(min(size, 1 << 20)))
            size -= 1 << 20


def measure(command, **environment):
    """Runs a command and returns its wall seconds, CPU seconds and largest resident size in bytes."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed with status {process.returncode}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


class Bench:
    def __init__(self, root, hub, runs):
        self.root, self.runs, self.rows = root, runs, []
        self.environment = {"HF_ENDPOINT": hub, "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_TOKEN": ""}

    def once(self, command, **environment):
        home = tempfile.mkdtemp(dir=self.root)
        try:
            return measure(command, HF_HOME=home, **self.environment, **environment)
        finally:
            shutil.rmtree(home)

    def compare(self, name, ours, peers):
        """Runs all alternately, after one warm-up of each, and adds a row for each peer."""
        runs = [("hfspark", ours, {}), *peers]
        taken = {label: [] for label, _, _ in runs}
        for i in range(self.runs + 1):
            for label, command, environment in runs:
                result = self.once(command, **environment)
                if i > 0:
                    taken[label].append(result)
        middle = {label: [statistics.median(x[k] for x in results) for k in range(2)] + [max(x[2] for x in results)]
                  for label, results in taken.items()}
        for label, _, _ in peers:
            self.rows.append((name, label, middle["hfspark"], middle[label]))
        print(name, middle, file=sys.stderr)

    def table(self):
        print(f"{os.cpu_count()} cores; medians of {self.runs} runs; ratio above 1: hfspark takes less\n")
        print("| what | peer | hfspark | peer | ratio | hfspark, CPU | peer, CPU | ratio | hfspark, memory | peer, memory |")
        print("|---|---|---|---|---|---|---|---|---|---|")
        for name, label, a, b in self.rows:
            print(f"| {name} | {label} | {a[0]:.2f} s | {b[0]:.2f} s | {b[0] / a[0]:.1f} | {a[1]:.2f} s | {b[1]:.2f} s | {b[1] / a[1]:.1f}"
                  f" | {a[2] / 1e6:.0f} MB | {b[2] / 1e6:.0f} MB |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--listed", type=int, default=100_000)
    parser.add_argument("--dir", help="a folder for the data (default: the system's for temporary files)")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(dir=options.dir) as work:
        root = os.path.join(work, "hub")
        write_file(os.path.join(root, "bench", "large", "data.parquet"), options.megabytes * 1_000_000)
        for i in range(options.files):  # The Hub sends half of them itself, the others from its storage.
            write_file(os.path.join(root, "bench", "many", "data", f"{i:05d}.{['jsonl', 'parquet'][i % 2]}"), 50_000)
        for i in range(options.listed):
            folder = os.path.join(root, "bench", "listed", f"{i // 1000:04d}")
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, f"{i:07d}.txt"), "w") as out:
                out.write(f"{i}\n")
        listing, planning = os.path.join(work, "listing"), os.path.join(work, "planning")
        for program in (listing, planning):
            subprocess.run(["go", "build", "-o", program, "./bench/" + os.path.basename(program)], cwd=ROOT, check=True)
        with serving("hub", "--root", root) as hub:
            bench = Bench(work, hub, options.runs)
            python = [sys.executable, "-c"]
            for name, repo in ((f"1 file of {options.megabytes} MB", "bench/large"), (f"{options.files} files of 50 kB", "bench/many")):
                bench.compare(f"download of {name}", [HFSPARK, "download", repo, "-q"], [
                    ("huggingface_hub", [*python, PYTHON_DOWNLOAD, repo], {}),
                    ("huggingface_hub without Xet", [*python, PYTHON_DOWNLOAD, repo], {"HF_HUB_DISABLE_XET": "1"}),
                ])
            bench.compare(f"listing of {options.listed} files", [listing, "bench/listed"],
                          [("huggingface_hub", [*python, PYTHON_LISTING, "bench/listed"], {})])
            files, requests = subprocess.run([listing, "bench/listed"], check=True, capture_output=True, text=True,
                                             env={**os.environ, **bench.environment}).stdout.split()
            plans = [json.loads(subprocess.run([planning, "bench/listed"], check=True, capture_output=True, text=True,
                                               env={**os.environ, **bench.environment}).stdout) for _ in range(options.runs)]
    bench.table()
    print(f"\nThe listing of {files} files took {requests} requests.")
    plan = sorted(plans, key=lambda p: p["Seconds"])[len(plans) // 2]
    print(f"Planning a read of {plan['Files']} files took {plan['Seconds']:.2f} s and {plan['APIRequests'] + plan['FileRequests']} requests; "
          f"it keeps {plan['BytesKept']} bytes a file, and the process took {plan['ResidentMemory'] / 1e6:.0f} MB.")


if __name__ == "__main__":
    install()
    main()
