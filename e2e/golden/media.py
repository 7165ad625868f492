"""Writes source/testdata/media_cases.json: what the datasets library makes of folders of files and of WebDataset archives, streamed
from a Hub in a folder, with decoding off. Files that it leaves to be fetched later are put into the rows.

Needs the packages datasets, pillow, msgpack and cbor, and the program: python e2e/golden/media.py bin/hfspark
"""

import base64
import datetime
import gzip
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import cbor
import msgpack
import numpy as np

tarfile.RECORDSIZE = tarfile.BLOCKSIZE  # no padding
OUT = pathlib.Path(__file__).parents[2] / "source" / "testdata" / "media_cases.json"


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def npz(**arrays):
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def tensors(*arrays):
    from datasets.packaged_modules.webdataset import _tenbin

    return bytes(_tenbin.encode_buffer(list(arrays)))


def tar(*members, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            content = content.encode() if isinstance(content, str) else content
            if content is None:
                info.type = tarfile.DIRTYPE
            else:
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content or b""))
    return out.getvalue()


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def parquet(rows):
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()


def web(*members):
    return {"train.tar": tar(*members)}


WEB = {
    "numbers": web(("a.npy", npy(np.arange(3, dtype="float32"))), ("b.npy", npy(np.arange(4, dtype="float32")))),
    "matrix": web(("a.npy", npy(np.arange(6, dtype="int8").reshape(2, 3)))),
    "fortran": web(("a.npy", npy(np.asfortranarray(np.arange(6, dtype="int32").reshape(2, 3))))),
    "scalar array": web(("a.npy", npy(np.array(7, dtype="uint16")))),
    "halves": web(("a.npy", npy(np.arange(3, dtype="float16")))),
    "truths": web(("a.npy", npy(np.array([True, False])))),
    "texts": web(("a.npy", npy(np.array(["x", "yy"])))),
    "byte texts": web(("a.npy", npy(np.array([b"x", b"yy"])))),
    "archive of arrays": web(("a.npz", npz(x=np.arange(3), y=np.zeros((2, 2))))),
    "tensors": web(("a.ten", tensors(np.arange(3, dtype="float32"), np.arange(2, dtype="float32")))),
    "msgpack": web(("a.mp", msgpack.packb({"a": 1, "b": [1.5, None], "c": b"x", "d": "t", "e": -300, "f": 2**40}))),
    "cbor": web(("a.cbor", cbor.dumps({"a": 1, "b": [1.5, None], "c": b"x", "d": "t", "e": -300, "f": 2**40}))),
    "json": web(
        ("a.json", '{"a":1,"b":{"c":[1,2.5]},"t":"2020-01-01T00:00:00"}'),
        ("b.json", '{"a":null,"b":{"c":[]},"t":"x"}'),
    ),
    "json members": web(("a.json", '{"a":1}'), ("b.json", '{"b":1}')),
    "json lists": web(("a.json", "[1,2]"), ("b.json", "[]")),
    "json scalars": web(("a.json", '"x"'), ("b.json", "null")),
    "later members": web(
        *[(f"{i}.json", '{"a":1}') for i in range(5)], ("z.json", '{"a":2,"q":3}'), ("zz.json", "{}"), ("zz.txt", "new"), ("zzz.txt", "")
    ),
    "later type": web(*[(f"{i}.json", '{"a":1}') for i in range(5)], ("z.json", '{"a":"x"}')),
    "integers": web(("a.cls", " 1_0 \n"), ("b.cls", "-3")),
    "no integer": web(("a.cls", "x")),
    "long integer": web(("a.cls", "99999999999999999999")),
    "no text": web(("a.txt", b"\xff")),
    "packed members": web(("a.txt.gz", gzip.compress(b"hello")), ("a.jpg.gz", gzip.compress(b"jjj"))),
    "one sample": web(("a.jpg", "x"), ("a.txt", "t")),
    "names": web(
        ("d", None), ("d/a.seg.png", "x"), ("d/a.txt", "t"), ("d/b.seg.png", ""), ("d/b.txt", "t"), (".h.txt", "q"), ("__x.txt", "q"), ("no", "q")
    ),
    "twice": web(("a.txt", "x"), ("a.txt", "t")),
    "same key again": web(("a.txt", "x"), ("b.txt", "y"), ("a.txt", "z")),
    "different files": web(("a.txt", "x"), ("b.jpg", "t")),
    "no samples": web(),
    "dots": web(("./a.txt", "x"), ("./b.txt", "t")),
    "no extension": web(("a.", "x"), ("b.", "t")),
    "upper case": web(("a.JPG", "x"), ("a.TXT", "t")),
    "several media": web(("a.wav", "w"), ("a.mp4", "v"), ("a.glb", "m"), ("a.bin", "b")),
    "shards": {f"data/train-{i:05}.tar": tar((f"{i}.txt", f"t{i}"), (f"{i}x.txt", "y")) for i in range(3)},
    "last split decides": {"train/a.tar": tar(("a.txt", "x")), "test/b.tar": tar(("a.txt", "x"), ("a.cls", "1"), ("b.txt", "y"), ("b.cls", "2"))},
    "packed archive": {"train.tar.gz": tar(("a.txt", "x"), ("b.txt", "y"), mode="w:gz")},
    "announced": {
        "train.tar": tar(("a.jpg", "x"), ("a.cls", "1"), ("b.jpg", "x"), ("b.cls", "0")),
        "README.md": "---\ndataset_info:\n  features:\n  - name: jpg\n    dtype: image\n  - name: cls\n    dtype:\n      class_label:\n"
        "        names: {'0': no, '1': yes}\n  - name: missing\n    dtype: string\n  - name: __key__\n    dtype: string\n---\n",
    },
}

FOLDER = {
    "flat": {"a.png": "A", "b.png": "B"},
    "labels": {"cat/1.png": "c1", "cat/2.JPG": "c2", "dog/1.png": "d1", "dog/notes.txt": "no"},
    "labels by split": {"train/cat/1.png": "1", "train/dog/2.png": "2", "test/cat/3.png": "3", "test/eel/4.png": "4"},
    "single class": {"train/1.png": "1", "test/2.png": "2"},
    "depths differ": {"cat/1.png": "1", "dog/x/2.png": "2"},
    "metadata csv": {"1.png": "1", "2.png": "2", "3.png": "3", "metadata.csv": "file_name,text,n\n2.png,two,2\n1.png,one,1\n"},
    "metadata jsonl": {
        "d/1.png": "1",
        "d/2.png": "2",
        "metadata.jsonl": '{"file_name":"d/1.png","t":{"x":1,"y":["a"]}}\n{"file_name":"./d/../d/2.png","t":null}\n{"file_name":null,"t":{"x":2,"y":[]}}\n',
    },
    "metadata parquet": {"1.png": "1", "metadata.parquet": parquet([{"file_name": "1.png", "label": "x", "n": 1.5}])},
    "metadata first column": {"1.png": "1", "metadata.csv": "n,file_name\n1,1.png\n"},
    "metadata by split": {
        "train/1.png": "1",
        "train/metadata.csv": "file_name,a\n1.png,x\n",
        "test/2.png": "2",
        "test/metadata.csv": "file_name,a\n2.png,y\n",
    },
    "metadata in classes": {"cat/1.png": "1", "cat/metadata.csv": "file_name,a\n1.png,x\n"},
    "metadata of one split": {"train/1.png": "1", "train/metadata.csv": "file_name,a\n1.png,x\n", "test/2.png": "2"},
    "metadata of the last split": {"train/1.png": "1", "validation/2.png": "2", "validation/metadata.csv": "file_name,a\n2.png,x\n"},
    "metadata differs": {
        "train/1.png": "1",
        "train/metadata.csv": "file_name,a\n1.png,x\n",
        "test/2.png": "2",
        "test/metadata.csv": "file_name,b\n2.png,y\n",
    },
    "metadata extensions": {
        "train/1.png": "1",
        "train/metadata.csv": "file_name,a\n1.png,x\n",
        "test/2.png": "2",
        "test/metadata.jsonl": '{"file_name":"2.png","a":"x"}\n',
    },
    "metadata without file names": {"1.png": "1", "metadata.csv": "name,a\n1.png,x\n"},
    "other names": {
        "1.png": "1",
        "2.png": "2",
        "3.png": "3",
        "metadata.jsonl": '{"image_file_name":"1.png","mask_file_name":"2.png","q":1}\n{"image_file_name":"3.png","mask_file_name":null,"q":2}\n',
    },
    "several names": {
        "1.png": "1",
        "2.png": "2",
        "metadata.jsonl": '{"file_names":["1.png","2.png"],"view_file_names":["2.png"],"q":1}\n{"file_names":["2.png"],"view_file_names":["1.png"],"q":2}\n',
    },
    "missing file": {"1.png": "1", "metadata.csv": "file_name,a\n1.png,x\nnone.png,y\n"},
    "outside": {"1.png": "1", "metadata.csv": "file_name,a\n../1.png,x\n"},
    "absolute": {"1.png": "1", "metadata.csv": "file_name,a\n/etc/passwd,x\n"},
    "scheme": {"1.png": "1", "metadata.csv": "file_name,a\nfile:///etc/passwd,x\n"},
    "drop labels": {"cat/1.png": "1", "dog/2.png": "2", "README.md": "---\nconfigs:\n- config_name: default\n  drop_labels: true\n---\n"},
    "keep labels": {"cat/1.png": "1", "cat/x/2.png": "2", "README.md": "---\nconfigs:\n- config_name: default\n  drop_labels: false\n---\n"},
    "drop metadata": {
        "cat/1.png": "1",
        "dog/2.png": "2",
        "metadata.csv": "file_name,a\ncat/1.png,x\n",
        "README.md": "---\nconfigs:\n- config_name: default\n  drop_metadata: true\n---\n",
    },
    "drop both": {
        "cat/1.png": "1",
        "dog/2.png": "2",
        "metadata.csv": "file_name,a\ncat/1.png,x\n",
        "README.md": "---\nconfigs:\n- config_name: default\n  drop_metadata: true\n  drop_labels: true\n---\n",
    },
    "audio": {"a/1.wav": "1", "b/2.mp3": "2"},
    "audio metadata": {"1.wav": "1", "metadata.csv": "file_name,transcription\n1.wav,hello\n"},
    "video": {"1.mp4": "1", "2.mkv": "2"},
    "pdf": {"x/1.pdf": "1", "y/2.pdf": "2"},
    "nifti": {"1.nii": "1", "2.nii.gz": "2"},
    "mesh": {"1.glb": "1", "2.stl": "2"},
    "zip": {"images.zip": zipped(**{"b.png": "b", "a.png": "a", "d/c.png": "c", ".h.png": "h", "__M/x.png": "x", "notes.txt": "t"})},
    "zip beside files": {"1.png": "1", "2.png": "2", "images.zip": zipped(**{"b.png": "b"})},
    "zip with metadata": {"images.zip": zipped(**{"1.png": "1", "metadata.csv": "file_name,a\n1.png,x\n"})},
    "same names": {"a/1.png": "1", "b/1.png": "2"},
    "empty file": {"a.png": "", "b.png": "B"},
    "announced features": {
        "1.png": "1",
        "metadata.csv": "file_name,n\n1.png,3\n",
        "README.md": "---\nconfigs:\n- config_name: default\n  features:\n  - name: image\n    dtype: image\n  - name: n\n    dtype: int8\n---\n",
    },
}


def plain(value, root):
    if isinstance(value, dict):
        if set(value) == {"bytes", "path"} and value["bytes"] is None and value["path"] is not None:
            value = {"bytes": fetch(value["path"], root), "path": value["path"]}
        return {k: plain(v, root) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v, root) for v in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist(), root)
    if isinstance(value, np.generic):
        return plain(value.item(), root)
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, str):
        return re.sub(r"@[0-9a-f]{40}/", "@SHA/", value)
    return value


def fetch(path, root):
    inner, _, outer = path.rpartition("::")
    file = root / re.sub(r"^hf://datasets/user/repo@[0-9a-f]{40}/", "", outer)
    try:
        content = file.read_bytes()
        if inner:
            content = zipfile.ZipFile(io.BytesIO(content)).read(inner.removeprefix("zip://"))
        return content
    except (OSError, KeyError):
        return "missing"


def run(program, files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder) / "user" / "repo"
        for name, content in files.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        hub = subprocess.Popen([program, "hub", "--root", folder, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            address = re.search(r"https?://\S+", hub.stdout.readline()).group()
            child = subprocess.run(
                [sys.executable, __file__, "--load", str(root)],
                env={**os.environ, "HF_ENDPOINT": address, "HF_HOME": folder + "/.hf", "HF_HUB_DISABLE_XET": "1"},
                capture_output=True, text=True, check=False,
            )
            if child.returncode:
                raise SystemExit(child.stderr)
            return json.loads(child.stdout.splitlines()[-1])
        finally:
            hub.terminate()
            hub.wait()


def load(root):
    import datasets

    datasets.disable_progress_bars()
    # Nothing is decoded, but the library wants to have what would decode sounds.
    datasets.Audio.encode_example = lambda self, v: {"bytes": None, "path": v} if isinstance(v, str) else v
    out = {}
    try:
        splits = datasets.load_dataset("user/repo", streaming=True)
        for name, split in splits.items():
            out.setdefault("types", {f.name: str(f.type) for f in split.features.arrow_schema})
            out.setdefault("labels", {k: v.names for k, v in split.features.items() if isinstance(v, datasets.ClassLabel)})
            out.setdefault("splits", {})[name] = [plain(row, root) for row in split.decode(False)]
    except Exception as e:
        out["error"] = re.sub(r"@[0-9a-f]{40}/", "@SHA/", f"{type(e).__name__}: {e}")
        out["error"] = re.sub(r"http://[^/]*/", "http://hub/", out["error"])
    print(json.dumps(out))


if sys.argv[1] == "--load":
    load(pathlib.Path(sys.argv[2]))
else:
    cases = []
    for group, layouts in (("web", WEB), ("folder", FOLDER)):
        for name, files in layouts.items():
            packed = {k: v if isinstance(v, str) else {"base64": base64.b64encode(v).decode()} for k, v in files.items()}
            cases.append({"name": f"{group}: {name}", "files": packed, **run(sys.argv[1], files)})
            print(cases[-1]["name"], cases[-1].get("error", ""), file=sys.stderr)
    OUT.write_text("[\n" + ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases) + "\n]\n")
