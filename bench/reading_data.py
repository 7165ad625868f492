"""Makes the datasets that reading.py reads, once, in a folder; the same bytes each time."""

import csv
import gzip
import io
import itertools
import json
import os
import tarfile

LANGUAGES = ["en", "zh-cn", "ja"]


class Corpus:
    """Rows of text whose words are as frequent as in natural language, so that it compresses as natural language does."""

    def __init__(self, seed):
        import numpy

        self.random = numpy.random.default_rng(seed)
        letters = numpy.array(list("abcdefghijklmnopqrstuvwxyz"))
        fixed = numpy.random.default_rng(7)  # the words are the same in every file
        self.words = numpy.array(["".join(fixed.choice(letters, fixed.integers(2, 12))) for _ in range(20_000)], dtype=object)
        weights = numpy.cumsum(1 / numpy.arange(1, len(self.words) + 1))
        self.weights = weights / weights[-1]

    def texts(self, size):
        """Returns texts of 20 to 120 words, of so many bytes together."""
        import numpy

        texts, total = [], 0
        while total < size:
            chosen = self.words[numpy.searchsorted(self.weights, self.random.random(70 * 200))].tolist()
            words = iter(chosen)
            while text := " ".join(itertools.islice(words, int(self.random.integers(20, 121)))):
                texts.append(text)
                total += len(text) + 1
                if total >= size:
                    break
        return texts

    def columns(self, size, first):
        """Returns an ordinary table's columns, whose texts are of so many bytes together."""
        texts = self.texts(size)
        return {
            "id": list(range(first, first + len(texts))),
            "text": texts,
            "language": [LANGUAGES[i] for i in self.random.integers(0, len(LANGUAGES), len(texts))],
            "score": self.random.random(len(texts)).tolist(),
        }


def write_parquet(folder, files, text, compression, seed):
    import pyarrow as pa
    import pyarrow.parquet as pq

    for i in range(files):
        columns = Corpus(seed + i).columns(text, i * 10**7)
        path = os.path.join(folder, f"train-{i:05d}-of-{files:05d}.parquet")
        pq.write_table(pa.table(columns), path, compression=compression, row_group_size=len(columns["id"]) // 4 + 1 if text > 10**7 else None)


def lines(size, seed, piece=8_000_000):
    """Yields pieces of an ordinary table, as lists of rows."""
    first = 0
    for i in range(max(1, size // piece)):
        columns = Corpus(seed + i).columns(min(size, piece), first)
        first += len(columns["id"])
        yield list(zip(*columns.values()))


def write_json(path, size, seed):
    with (gzip.open(path, "wt", compresslevel=6) if path.endswith(".gz") else open(path, "w")) as out:
        for rows in lines(size, seed):
            out.write("".join(json.dumps(dict(zip(("id", "text", "language", "score"), row))) + "\n" for row in rows))


def write_csv(path, size, seed):
    with open(path, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("id", "text", "language", "score"))
        for rows in lines(size, seed):
            writer.writerows(rows)


def write_tar(path, samples, size, seed):
    import numpy

    random = numpy.random.default_rng(seed)
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as out:
        for i in range(samples):
            image = b"\xff\xd8\xff\xe0" + random.bytes(int(size * (0.5 + random.random()))) + b"\xff\xd9"
            for extension, content in (("jpg", image), ("json", json.dumps({"label": i % 10, "width": 640}).encode()), ("txt", b"a picture")):
                member = tarfile.TarInfo(f"{i:06d}.{extension}")
                member.size = len(content)
                out.addfile(member, io.BytesIO(content))


def datasets(small):
    """Returns, by name, what a dataset is, and a function that writes it into a folder."""
    million = 1_000_000
    text, many, file, whole, shards, samples = (
        (2 * million, 60, 100_000, 10 * million, 4, 20) if small else (50 * million, 1000, 1_600_000, 500 * million, 20, 400))
    # Texts of 1.6 MB are files of about 1 MB in snappy.
    return {
        "snappy": (f"12 Parquet files of {text // million} MB text, snappy", lambda d: write_parquet(d, 12, text, "snappy", 1)),
        "zstd": (f"12 Parquet files of {text // million} MB text, zstd", lambda d: write_parquet(d, 12, text, "zstd", 101)),
        "many": (f"{many} Parquet files of {'0.06' if small else '1'} MB", lambda d: write_parquet(d, many, file, "snappy", 1001)),
        "jsonl": (f"{whole // million} MB of JSON Lines", lambda d: write_json(os.path.join(d, "train.jsonl"), whole, 5001)),
        "jsonl-gz": (f"{whole // million} MB of JSON Lines, gz", lambda d: write_json(os.path.join(d, "train.jsonl.gz"), whole, 6001)),
        "csv": (f"{whole // million} MB of CSV", lambda d: write_csv(os.path.join(d, "train.csv"), whole, 7001)),
        "tar": (f"{shards} WebDataset shards", lambda d: [
            write_tar(os.path.join(d, f"train-{i:04d}.tar"), samples, 50_000, 9001 + i) for i in range(shards)]),
    }


def write(root, small, wanted):
    """Writes the wanted datasets that are not yet in root/bench and returns their descriptions by name."""
    made = {}
    for name, (what, writer) in datasets(small).items():
        if name not in wanted:
            continue
        made[name] = what
        folder = os.path.join(root, "bench", name)
        ready = os.path.join(root, f".{name}.ready")
        if os.path.exists(ready):
            continue
        os.makedirs(folder, exist_ok=True)
        writer(folder)
        open(ready, "w").close()
    return made


def minimum(folder, measure, name):
    """Returns the bytes that a measure has to fetch: for Parquet the footers and the chunks of its columns, else all files."""
    import pyarrow.parquet as pq

    total = 0
    for file in sorted(os.listdir(folder)):
        path = os.path.join(folder, file)
        if not file.endswith(".parquet"):
            total += os.path.getsize(path)
            continue
        metadata = pq.ParquetFile(path).metadata
        total += metadata.serialized_size + 8
        wanted = {"full scan": {"id", "text", "language", "score"}, "one column": {"score"}}.get(measure, set())
        for group in range(metadata.num_row_groups):
            for i in range(metadata.num_columns):
                chunk = metadata.row_group(group).column(i)
                if chunk.path_in_schema in wanted:
                    total += chunk.total_compressed_size
    return total
