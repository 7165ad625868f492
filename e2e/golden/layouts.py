"""Writes dataset/testdata/layouts.json: random layouts of dataset repositories, and what the datasets library makes of them.

usage: layouts.py HFSPARK OUT [COUNT [SEED]]
       layouts.py HFSPARK FILE --again

With --again the layouts and options are those of FILE, and the results in it are made anew. dataset/testdata/cases.json is such a file:
the layouts of the library's documentation and tests, and one for each rule.

The file in the repository is two runs, one behind the other: one of 600 before datasets 5.2 knew more extensions, and one of 300.

HFSPARK is the program; it serves the layouts as a Hub. Files are empty but for README.md, zip archives and the like: deciding
what a repository holds opens no others. Each record has "files" (path to text, or {"zip": {path: text}}), and "loads": the
options given and what came of them.
"""

import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

program, out = sys.argv[1:3]
again = sys.argv[3:] == ["--again"]
count = int(sys.argv[3]) if len(sys.argv) > 3 and not again else 300
random.seed(int(sys.argv[4]) if len(sys.argv) > 4 else 20)

EXTENSIONS = [".csv"] * 6 + [".jsonl"] * 5 + [".json", ".txt", ".txt", ".parquet", ".parquet", ".xml", ".tsv", ".csv.gz", ".jsonl.zst", ".JPG",
    ".jpg", ".Jpg", ".TXT", ".Csv", ".wav", ".mp4", ".mpg", ".pdf", ".nii.gz", ".tar", ".tar.gz", ".tgz", ".bak", ".csv.bak", "", ".arrow", ".conllu",
    ".conll", ".zip", ".zip", ".lance", ".h5", ".eval", ".bin", ".txt.parquet", ".ndjson", ".glb", ".ZIP", ".unknown",
    ".md", ".md", ".toml", ".fa", ".fastq.gz", ".pdb", ".ENT", ".cif", ".gb", ".vortex", ".gltf", ".geoparquet", ".tsfile"]
WORDS = ["train", "training", "validation", "valid", "dev", "val", "test", "testing", "eval", "evaluation", "Train", "TEST", "a", "b", "data", "metadata",
    "x1", "strain", "latest", "contest", "devel", "config", "file-1", "file-2", "file-10", "über", "dataset_infos", "info"]
DIRECTORIES = ["", "", "", "data", "data", "train", "test", "dev", "a", "b", "sub-train", "train_1", "my.test.d", ".hidden", "__MACOSX", "__pycache__", "eval",
    "a/b", "data/a", "test/train", "a.csv.d", "deep/er/train-x"]
SPLITS = ["train", "test", "validation", "my_split", "dev", "train.1", "all", "über"]


def file_name(extensions):
    pieces = [random.choice(WORDS)]
    while random.random() < 0.35:
        pieces.append(random.choice(["-", "_", ".", " ", ""]) + random.choice(WORDS + ["0", "1", "00000-of-00001"]))
    return ("." if random.random() < 0.04 else "") + "".join(pieces) + random.choice(extensions)


def content(path):
    if path.lower().endswith(".zip"):
        pool = random.sample(EXTENSIONS, 2)
        names = {random.choice(["", "in/", "in/train/", ".h/", "__MACOSX/"]) + file_name(pool): "" for _ in range(random.randint(1, 5))}
        return {"zip": names}
    return ""


def tree():
    pool = random.sample(EXTENSIONS, random.choice([1, 1, 1, 2, 2, 3]))
    style = random.random()
    files = {}
    for i in range(random.randint(1, 7)):
        if style < 0.2:
            split = random.choice(["train", "test", "validation", "x", "a-b", "train-00000-of-00001"] if random.random() < 0.15 else ["train", "test", "validation", "x", "all"])
            path = f"data/{split}-0000{i}-of-0000{random.randint(1, 9)}{random.choice(['', '-abc', '_x'])}{random.choice(pool)}"
        else:
            directory = random.choice(DIRECTORIES)
            path = (directory + "/" if directory else "") + file_name(pool)
        files[path] = content(path)
    if random.random() < 0.1:
        files[random.choice(["metadata.csv", "train/metadata.jsonl", "data/bad_metadata.csv", "config.json", "dataset_dict.json", "dummy_data.zip"])] = ""
    paths = list(files)
    for path in paths:  # A path cannot be both a file and a directory.
        if any(other.startswith(path + "/") for other in paths):
            files.pop(path, None)
    return files


def pattern(files):
    paths = [path for path in files if path != "README.md"]
    path = random.choice(paths) if paths else "x.csv"
    directory, _, name = path.rpartition("/")
    stem, _, extension = name.rpartition(".")
    if random.random() < 0.6:
        return random.choice([path, path, "*", "**", "*." + extension, "**/*." + extension, (directory or "data") + "/*", (directory or "data") + "/**", "**/*"])
    return random.choice([
        path, path, path, "*", "**", "*." + extension, "**/*." + extension, "**/*", (directory or "data") + "/*", (directory or "data") + "/**",
        "*/" + name, path[:2] + "*", "[a-m]*", "[!a-m]*", "**/[a-t]*/*", "**/*train*", "**/train*", "none.csv", "none/*.csv", "./" + path, directory or "a", "?" + path[1:],
        "{a,b}/*", "**.csv", ".*/*", "__*/*", "*/__*/*", "**/." + name.lstrip("."), "data/*", path + "/", "../" + path, "*/*", "**/*.*." + extension, "***/*",
        "hf://datasets/{repo}@main/" + path, "hf://datasets/{repo}/" + path, "hf://datasets/other/repo@main/x.csv", "/" + path, "a[/b", "*[",
    ])


def patterns(files):
    return pattern(files) if random.random() < 0.6 else [pattern(files) for _ in range(random.randint(1, 3))]


def data_files(files, caller):
    kind = random.random()
    if kind < 0.5:
        return patterns(files)
    splits = random.sample(SPLITS, random.randint(1, 2))
    if caller and kind < 0.75:
        return {split: patterns(files) for split in splits}
    return [{"split": split, "path": patterns(files)} for split in splits]


FEATURES = ["- name: a\n    dtype: int32\n", "- name: a\n    dtype: string\n  - name: b\n    sequence: float32\n",
    "- name: label\n    dtype:\n      class_label:\n        names:\n          '0': x\n          '1': y\n"]


def readme(files):
    if random.random() < 0.45:
        return None
    text = ""
    names = random.sample(["default", "a", "b", "c d", "en.1", "no", "'no'", "3", "'3M'", "x/y"] if random.random() < 0.15 else ["default", "a", "b", "c", "en-US"], random.randint(0, 3))
    if names:
        text += "configs:\n"
        for name in names:
            text += f"- config_name: {name}\n"
            if random.random() < 0.8:
                text += "  data_files: " + json.dumps(data_files(files, False)) + "\n"
            if random.random() < 0.25:
                text += f"  data_dir: {random.choice(['data', 'a', 'train', 'none', 'data/', 'a/b'])}\n"
            if random.random() < 0.1:
                text += f"  default: {random.choice(['true', 'false', 'yes', '1'])}\n"
            if random.random() < 0.1:
                text += random.choice(["  sep: ';'\n", "  field: rows\n", "  drop_labels: true\n", "  unknown: 1\n", "  version: 1.0.0\n", "  delimiter: '|'\n",
                    "  names: [x, y]\n", "  column_names: [x, y]\n", "  features:\n  " + FEATURES[0], "  skiprows: 1\n"])
    if random.random() < 0.3:
        infos = random.sample(["default", "a", "b", "other"], random.randint(1, 2))
        if len(infos) == 1 and random.random() < 0.5:
            text += "dataset_info:\n" + (f"  config_name: {infos[0]}\n" if random.random() < 0.7 else "") + "  features:\n  " + random.choice(FEATURES)
        else:
            text += "dataset_info:\n" + "".join(f"- config_name: {info}\n  features:\n  " + random.choice(FEATURES) for info in infos)
    return f"---\n{text}---\n# Title\n"


def options(files):
    out = {}
    if random.random() < 0.2:
        out["data_dir"] = random.choice(["data", "a", "train", "none", "a/b", "data/"])
    if random.random() < 0.25:
        out["data_files"] = data_files(files, True)
    if random.random() < 0.05:
        out.update(random.choice([{"sep": ";"}, {"field": "x"}, {"nothing": 1}]))
    return out


def layout(number):
    repo = f"user/layout_{number}"
    files = {path.replace("%d", str(number)): value for path, value in tree().items()}
    card = readme(files)
    if card is not None:
        files["README.md"] = card.replace("{repo}", repo)
    if random.random() < 0.04:
        files[".huggingface.yaml"] = random.choice(["", "configs:\n- config_name: own\n  data_files: '**'\n", "license: mit\n"])
    if random.random() < 0.04:
        files["dataset_infos.json"] = json.dumps({name: {"features": {"q": {"dtype": "string", "_type": "Value"}}} for name in random.sample(["default", "a", "old"], random.randint(1, 2))})
    loads = [{"options": {}}]
    if random.random() < 0.5:
        loads.append({"options": options(files)})
    if random.random() < 0.5:
        loads.append({"options": options(files) | {"name": random.choice(["default", "a", "b", "en-US", "zzz"])}})
    loads = [json.loads(text.replace("{repo}", repo)) for text in dict.fromkeys(json.dumps(load) for load in loads)]
    return {"repo": repo, "files": files, "loads": loads}


def write(root, record):
    base = root / record["repo"]
    base.mkdir(parents=True)
    for path, value in record["files"].items():
        target = base / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(value, dict):
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w") as archive:
                for name, text in value["zip"].items():
                    archive.writestr(name, text)
            target.write_bytes(buffer.getvalue())
        else:
            target.write_bytes(value.encode())  # Line ends are as written.


def describe(load_dataset_builder, repo, given):
    given = dict(given)
    try:
        builder = load_dataset_builder(repo, given.pop("name", None), **given)
    except Exception as error:  # What goes wrong is a result like any other.
        return {"error": {"type": type(error).__name__, "message": scrub(str(error), repo)}}
    if builder.config.data_files is None:  # Options alone made a subset; the library finds out when it opens the dataset.
        return {"error": {"type": "ValueError", "message": "At least one data file must be specified"}}
    plain = builder.BUILDER_CONFIG_CLASS()
    parameters = {k: v for k, v in vars(builder.config).items() if v != getattr(plain, k, None) and k not in ("name", "data_files", "data_dir", "version", "description", "features")}
    return {
        "config": builder.config.name, "format": builder.name, "configs": list(builder.builder_configs),
        "default_config": type(builder).DEFAULT_CONFIG_NAME,
        "splits": [[str(split), [scrub(file, repo) for file in files]] for split, files in builder.config.data_files.items()],
        "parameters": parameters,
        "arrow_schema": builder.info.features and [f"{f.name}: {f.type}" for f in builder.info.features.arrow_schema],
    }


def scrub(text, repo):
    text = re.sub(rf"hf://datasets/{repo}@[0-9a-f]{{40}}/?", "", text)
    return re.sub(r"with any supported extension \[.*?\]", "with any supported extension [...]", re.sub(r"@[0-9a-f]{40}", "@<sha>", text))


def main():
    records = json.loads(Path(out).read_text()) if again else [layout(number) for number in range(count)]
    with tempfile.TemporaryDirectory() as root:
        for record in records:
            write(Path(root), record)
        hub = subprocess.Popen([program, "hub", "--root", root], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            os.environ.update(HF_ENDPOINT=hub.stdout.readline().split()[-1], HF_HOME=root + "/.cache-of-client", HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_TELEMETRY="1")
            import datasets

            datasets.logging.set_verbosity_error()
            datasets.config.USE_PARQUET_EXPORT = False  # That asks another host, which is not here.
            for record in records:
                for load in record["loads"]:
                    load["result"] = describe(datasets.load_dataset_builder, record["repo"], load["options"])
        finally:
            hub.terminate()
            hub.wait()
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    with open(out, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(record, ensure_ascii=False) for record in records) + "\n]\n")


main()
