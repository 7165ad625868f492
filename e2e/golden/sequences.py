"""Writes source/testdata/sequences.json: FASTA and FASTQ files, and the columns and rows that the datasets library streams of them.

usage: sequences.py OUT

The records are those of formats.py; bytes are base64, as Go writes them in JSON.
"""

import base64
import gzip
import json
import random
import sys
import tempfile
from pathlib import Path

import datasets

datasets.logging.set_verbosity(60)
random.seed(7)
CASES = []


def case(name, format, files, **options):
    CASES.append({"name": name, "format": format, "options": options,
        "files": {path: base64.b64encode(content.encode() if isinstance(content, str) else content).decode() for path, content in files.items()}})


FASTA = ">a first one\nACGT\nAC GT\n\n>b\r\nTTT\r\n; note\r\nGG\r\n>c\t x  y \rAA\rCC\r"
case("fasta", "fasta", {"a.fa": FASTA})
case("fasta columns", "fasta", {"a.fa": FASTA}, columns=["sequence", "id"])
case("fasta record alone", "fasta", {"a.fa": FASTA}, columns=["record"])
case("fasta unknown column", "fasta", {"a.fa": FASTA}, columns=["quality"])
case("fasta column twice", "fasta", {"a.fa": FASTA}, columns=["id", "id"])
case("fasta no columns", "fasta", {"a.fa": FASTA}, columns=[])
case("fasta batches", "fasta", {"a.fa": FASTA, "b.fa": ">z\nA\n"}, batch_size=1, max_batch_bytes=3)
case("fasta packed", "fasta", {"a.fa.gz": gzip.compress(FASTA.encode())})
case("fasta empty", "fasta", {"a.fa": "", "b.fa": "no header\n", "c.fa": ">only"})
case("fasta headers", "fasta", {"a.fa": ">\nA\n>  x  y\nB\n> \nC\n>é\u00a0ü\nD\n>>x\nE"})
case("fasta invalid UTF-8", "fasta", {"a.fa": b">a\n\xff\n"})
case("fasta mark", "fasta", {"a.fa": "\ufeff>a\nA\n>b\nB\n"})
FASTQ = "@a one\nACGT\n+\nIIII\n\njunk\n@b\r\nAC\r\nGT\r\n+b\r\nII\r\n@I\r\n@c\n\n+c\n\n@d x  y\nA\n+d x  y\n@"
case("fastq", "fastq", {"a.fq": FASTQ})
case("fastq columns", "fastq", {"a.fq": FASTQ}, columns=["quality", "id"])
case("fastq packed", "fastq", {"a.fastq.gz": gzip.compress(FASTQ.encode())})
for name, text in {"other name": "@a\nA\n+b\nI\n", "no plus": "@a\nACGT\n", "short quality": "@a\nACGT\n+\nII\n", "long quality": "@a\nAC\n+\nIII\n", "no quality": "@a\nAC\n+",
    "empty": "", "wide": "@é\nÄÖ\n+\nß!\n", "blank sequence": "@a\n\n+\n"}.items():
    case(f"fastq {name}", "fastq", {"a.fq": text})
PIECES = [">", "@", "+", ";", "a", "A", "CG", " ", "\t", "\n", "\n", "\n", "\r\n", "\r", "é", "\u00a0", "x y"]
for i in range(120):
    text = "".join(random.choice(PIECES) for _ in range(random.randint(1, 30)))
    case(f"random fasta {i}", "fasta", {"a.fa": text})
    lines = []
    for _ in range(random.randint(1, 4)):
        n = random.randint(0, 4)
        lines += ["@" + random.choice(["a", "a b", ""]), "ACGT"[:n], random.choice(["+", "+", "+a"]), "".join(random.choice("I@+!") for _ in range(n if random.random() < 0.9 else 2))]
        if random.random() < 0.1:
            lines.pop(random.randrange(len(lines)))
    case(f"random fastq {i}", "fastq", {"a.fq": random.choice(["\n", "\n", "\r\n", "\r"]).join(lines)})


def plain(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


def result(one, folder):
    for path, content in one["files"].items():
        (folder / path).write_bytes(base64.b64decode(content))
    try:
        stream = datasets.load_dataset(one["format"], data_files=sorted(str(folder / path) for path in one["files"]), split="train", streaming=True, **one["options"])
        rows = [row for _, table in stream._ex_iterable.iter_arrow() for row in table.to_pylist()]
    except Exception as error:  # What goes wrong is a result like any other.
        return {"error": f"{type(error).__name__}: {error}".replace(str(folder) + "/", "")[:300]}
    return {"types": [f"{field.name}: {field.type}" for field in stream.features.arrow_schema], "rows": [plain(row) for row in rows]}


with open(sys.argv[1], "w") as out:
    for i, one in enumerate(CASES):
        with tempfile.TemporaryDirectory() as folder:
            one["result"] = result(one, Path(folder))
        out.write("[\n" if i == 0 else ",\n")
        out.write(json.dumps(one, ensure_ascii=False))
    out.write("\n]\n")
