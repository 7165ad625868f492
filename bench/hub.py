"""Measures downloads, listings and uploads of a Hub in a folder beside huggingface_hub and prints one table.

usage: make bench-hub        (or: python bench/hub.py [--runs N] [--megabytes N] [--only downloads|listing|uploads] ...)

Each pair runs alternately, each time in a new process with an empty cache, uploads into a new repository; "again" is the same
upload into a repository that has it all. Wall times depend on what else the machine does, CPU seconds (of the client alone) hardly; the
table gives medians of both, their ratios, and the largest resident size. A Hub in a folder takes Git LFS, so huggingface_hub uploads
without Xet.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

from hub_pairs import Bench, write_file
from run import HFSPARK, ROOT, install, serving, serving_process

PYTHON = [sys.executable, "-c"]
PYTHON_DOWNLOAD = "import sys; from huggingface_hub import snapshot_download; snapshot_download(sys.argv[1], repo_type='dataset')"
PYTHON_LISTING = ("import sys; from huggingface_hub import HfApi;"
                  "print(sum(1 for _ in HfApi().list_repo_tree(sys.argv[1], repo_type='dataset', recursive=True)))")
PYTHON_UPLOAD = ("import sys; from huggingface_hub import HfApi; api = HfApi();"
                 "api.create_repo(sys.argv[1], repo_type='dataset', exist_ok=True);"
                 "api.upload_folder(repo_id=sys.argv[1], folder_path=sys.argv[2], repo_type='dataset')")
WITHOUT_XET = {"HF_HUB_DISABLE_XET": "1"}


def downloads(bench, root, options):
    write_file(os.path.join(root, "bench", "large", "data.parquet"), options.megabytes * 1_000_000)
    for i in range(options.files):  # The Hub sends half of them itself, the others from its storage.
        write_file(os.path.join(root, "bench", "many", "data", f"{i:05d}.{['jsonl', 'parquet'][i % 2]}"), 50_000)
    for name, repo in ((f"1 file of {options.megabytes} MB", "bench/large"), (f"{options.files} files of 50 kB", "bench/many")):
        bench.compare(f"download of {name}", [HFSPARK, "download", repo, "-q"], [
            ("huggingface_hub", [*PYTHON, PYTHON_DOWNLOAD, repo], {}),
            ("huggingface_hub without Xet", [*PYTHON, PYTHON_DOWNLOAD, repo], WITHOUT_XET),
        ])


def listing(bench, root, options):
    for i in range(options.listed):
        folder = os.path.join(root, "bench", "listed", f"{i // 1000:04d}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"{i:07d}.txt"), "w") as out:
            out.write(f"{i}\n")
    program = os.path.join(bench.root, "listing")
    subprocess.run(["go", "build", "-o", program, "./bench/listing"], cwd=ROOT, check=True)
    bench.compare(f"listing of {options.listed} files", [program, "bench/listed"],
                  [("huggingface_hub", [*PYTHON, PYTHON_LISTING, "bench/listed"], {})])
    files, requests = subprocess.run([program, "bench/listed"], check=True, capture_output=True, text=True,
                                     env={**os.environ, **bench.environment}).stdout.split()
    bench.notes.append(f"The listing of {files} files took {requests} requests.")
    planning(bench)


def planning(bench):
    """Tells what planning a read of the listed files takes, first and once more in the same process."""
    program = os.path.join(bench.root, "planning")
    subprocess.run(["go", "build", "-o", program, "./bench/planning"], cwd=ROOT, check=True)
    out = subprocess.run([program, "--repeat", "2", "bench/listed"], check=True, capture_output=True, text=True,
                         env={**os.environ, **bench.environment}).stdout
    for when, plan in zip(("first", "again"), map(json.loads, out.splitlines())):
        bench.notes.append(f"Planning a read of {plan['Files']} files, {when}: {plan['Seconds']:.2f} s, "
                           f"{plan['APIRequests'] + plan['FileRequests']} requests, {plan['ResidentMemory'] / 1e6:.0f} MB of memory.")


def uploads(bench, root, options):
    large, small = os.path.join(bench.root, "large"), os.path.join(bench.root, "small")
    for i in range(options.uploaded):
        write_file(os.path.join(large, f"{i:03d}.parquet"), options.megabytes * 1_000_000 // options.uploaded)
    for i in range(options.small):
        write_file(os.path.join(small, f"{i:05d}.jsonl"), 5_000)
    name = f"{options.uploaded} Parquet files, {options.megabytes} MB"
    for what, repo, folder in (
        (f"upload of {name}", "NEW", large), (f"{name}, again", "bench/again", large), (f"upload of {options.small} files of 5 kB", "NEW", small),
    ):
        bench.compare(what, [HFSPARK, "upload", repo, folder, "-q"], [("huggingface_hub without Xet", [*PYTHON, PYTHON_UPLOAD, repo, folder], WITHOUT_XET)])
    first, second = (received(bench, large) for _ in range(2))
    bench.notes.append(f"An upload of {name} sent {first:,} bytes in all, the same upload again {second:,}.")


def received(bench, folder):
    """How many bytes a Hub gets when a folder is uploaded to one of its repositories."""
    with open(os.path.join(bench.root, "log"), "w+") as log:
        with serving_process("hub", "--root", os.path.join(bench.root, "counting"), "-v", log=log) as (hub, _):
            bench.once([HFSPARK, "upload", "bench/counted", folder, "-q"], HF_ENDPOINT=hub)
        log.seek(0)
        return sum(int(n) for n in re.findall(r"received=(\d+)", log.read()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=["downloads", "listing", "uploads"])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--listed", type=int, default=100_000)
    parser.add_argument("--uploaded", type=int, default=20)
    parser.add_argument("--small", type=int, default=1000)
    parser.add_argument("--dir", help="a folder for the data (default: the system's for temporary files)")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(dir=options.dir) as work:
        root = os.path.join(work, "hub")
        os.mkdir(root)
        os.mkdir(os.path.join(work, "counting"))
        with serving("hub", "--root", root) as hub:
            bench = Bench(work, hub, options.runs)
            for part in (downloads, listing, uploads):
                if options.only in (None, part.__name__):
                    part(bench, root, options)
    bench.table()


if __name__ == "__main__":
    install()
    main()
