"""Measures uploads to a Hub in a folder beside huggingface_hub and prints one table.

usage: make bench-hub-upload        (or: python bench/hub_upload.py [--runs N] [--megabytes N] [--files N])

Each pair runs alternately, each time in a new process and into a new repository; "again" is the same upload into a repository that
has it all. The Hub in a folder takes Git LFS, so huggingface_hub runs without Xet.
"""

import argparse
import itertools
import os
import subprocess
import sys
import tempfile

from hub import Bench, write_file
from run import HFSPARK, install, serving

PYTHON_UPLOAD = ("import sys; from huggingface_hub import HfApi; api = HfApi();"
                 "api.create_repo(sys.argv[1], repo_type='dataset', exist_ok=True);"
                 "api.upload_folder(repo_id=sys.argv[1], folder_path=sys.argv[2], repo_type='dataset')")


class UploadBench(Bench):
    """A bench whose commands name a repository that is new each time as NEW."""

    numbers = itertools.count()

    def once(self, command, **environment):
        repo = f"bench/upload{next(self.numbers)}"
        return super().once([repo if part == "NEW" else part for part in command], **environment)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--small", type=int, default=1000)
    parser.add_argument("--dir", help="a folder for the data (default: the system's for temporary files)")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(dir=options.dir) as work:
        large, small, root = (os.path.join(work, name) for name in ("large", "small", "hub"))
        os.mkdir(root)
        for i in range(options.files):
            write_file(os.path.join(large, f"{i:03d}.parquet"), options.megabytes * 1_000_000 // options.files)
        for i in range(options.small):
            write_file(os.path.join(small, f"{i:05d}.jsonl"), 5_000)
        with serving("hub", "--root", root) as hub:
            bench = UploadBench(work, hub, options.runs)
            python, plain = [sys.executable, "-c", PYTHON_UPLOAD], {"HF_HUB_DISABLE_XET": "1"}
            name = f"{options.files} Parquet files, {options.megabytes} MB"
            for what, repo, folder in (
                (f"upload of {name}", "NEW", large), (f"{name}, again", "bench/again", large), (f"upload of {options.small} files of 5 kB", "NEW", small),
            ):
                bench.compare(what, [HFSPARK, "upload", repo, folder, "-q"], [("huggingface_hub without Xet", [*python, repo, folder], plain)])
    bench.table()


if __name__ == "__main__":
    install()
    main()
