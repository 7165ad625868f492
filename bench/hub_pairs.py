"""Runs a command of hfspark and those of its peers alternately against one Hub, and makes a table of what they took."""

import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile


def write_file(path, size):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        while size > 0:
            out.write(os.urandom(min(size, 1 << 20)))
            size -= 1 << 20


# Runs a command and prints its wall seconds, CPU seconds and largest resident size in bytes. The system counts for a process what the
# one that started it had in memory at that moment: this one has nearly nothing, and a bench that has made its data has much.
# Processes that it leaves behind, such as Spark's Java machine, are waited for and counted as well.
MEASURE = """
import ctypes, os, subprocess, sys, time
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
pid, status, seconds, cpu, memory = 0, 0, 0, 0, 0
while True:
    try:
        pid, code, usage = os.wait4(-1, 0)
    except ChildProcessError:
        break
    if pid == process.pid:
        seconds, status = time.perf_counter() - start, code
    cpu, memory = cpu + usage.ru_utime + usage.ru_stime, max(memory, usage.ru_maxrss * 1024)
print(seconds, cpu, memory)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


def measure(command, **environment):
    """Runs a command and returns its wall seconds, CPU seconds and largest resident size in bytes."""
    # -S and -I keep the process that measures small; the command has the environment as it is.
    result = subprocess.run([sys.executable, "-S", "-I", "-c", MEASURE, *command], env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)} failed")
    seconds, cpu, memory = result.stdout.split()
    return float(seconds), float(cpu), int(memory)


class Bench:
    def __init__(self, root, hub, runs):
        self.root, self.runs, self.rows, self.notes = root, runs, [], []
        self.environment = {"HF_ENDPOINT": hub, "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_TOKEN": ""}

    numbers = itertools.count()

    def once(self, command, **environment):
        """Runs a command with a home of its own. Its argument NEW is the name of a repository that is not there yet."""
        repo = f"bench/new{next(self.numbers)}"
        command = [repo if part == "NEW" else part for part in command]
        home = tempfile.mkdtemp(dir=self.root)
        try:
            return measure(command, **{**self.environment, "HF_HOME": home, **environment})
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
        for note in self.notes:
            print(f"\n{note}")
