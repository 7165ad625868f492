"""Writes source/testdata/formats.json: data files of text formats, and the columns and rows that the datasets library streams of them.

usage: formats.py OUT

It needs the packages lz4 and zstandard besides datasets.

Each record has "name", "format", "files" (path to base64), "options", and "result": columns with Arrow types and rows, or an error.
Files are in local folders, and what is streamed of them is the same as from a Hub.
"""

import base64
import bz2
import datetime
import gzip
import io
import json
import lzma
import os
import sys
import tempfile
import zipfile
from pathlib import Path

import datasets
import lz4.frame
import pyarrow as pa
import zstandard

datasets.logging.set_verbosity(60)


def packed(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def arrow(table, stream):
    buffer = io.BytesIO()
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()


CASES = []


def case(name, format, files, **options):
    CASES.append({"name": name, "format": format, "options": options,
        "files": {path: base64.b64encode(content.encode() if isinstance(content, str) else content).decode() for path, content in files.items()}})


# Text.
TEXT = "one\ntwo\r\nthree\rfour\n\n\nfive\n\nsix\n\n\n\nseven  \n"
for mode in ["line", "paragraph", "document"]:
    case(f"text by {mode}", "text", {"a.txt": TEXT, "b.txt": "no end"}, sample_by=mode)
    case(f"text empty by {mode}", "text", {"a.txt": "", "b.txt": "x"}, sample_by=mode)
case("text keeps breaks", "text", {"a.txt": TEXT}, keep_linebreaks=True)
case("text with mark", "text", {"a.txt": "\ufeffone\ntwo"})
case("text without mark", "text", {"a.txt": "\ufeffone\ntwo"}, encoding="utf-8-sig")
case("text latin", "text", {"a.txt": "é\nü".encode("latin-1")}, encoding="latin-1")
case("text utf-16", "text", {"a.txt": "é\nü𝄞".encode("utf-16")}, encoding="utf-16")
case("text cp1252", "text", {"a.txt": "é\n€".encode("cp1252")}, encoding="cp1252")
case("text shift_jis", "text", {"a.txt": "日本\n語".encode("shift_jis")}, encoding="shift_jis")
for errors in [None, "ignore", "replace", "backslashreplace"]:
    case(f"text invalid {errors}", "text", {"a.txt": b"ok\n\xff\xe2\x82x\xf0\x9f\x98\n\xc0\x80 end\xe2"}, encoding_errors=errors)
case("text separators", "text", {"a.txt": "a\x0bb\x0cc\u2028d\u0085e\nf"})
PACKERS = {
    "gz": lambda content: gzip.compress(content, mtime=0), "bz2": bz2.compress, "xz": lzma.compress, "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
    "lz4": lambda content: lz4.frame.compress(content, content_checksum=True),
}
for extension, pack in PACKERS.items():
    case(f"text {extension}", "text", {f"a.txt.{extension}": pack(b"one\ntwo\n")})
    case(f"jsonl {extension}", "json", {f"a.jsonl.{extension}": pack(b'{"a":1}\n{"a":2}\n')})
    case(f"csv {extension}", "csv", {f"a.csv.{extension}": pack(b"a,b\n1,x\n2,y\n")})
    case(f"jsonl {extension} by its bytes", "json", {"a.ndjson": pack(b'{"a":1}\n{"a":2}\n')})
    case(f"conll {extension}", "conll", {f"a.conll.{extension}": pack(b"a b\nc d\n\ne f\n")}, column_names=["x", "y"])
    case(f"text {extension} of two", "text", {f"a.txt.{extension}": pack(b"one\ntw") + pack(b"o\nthree\n")})
    case(f"text {extension} empty", "text", {f"a.txt.{extension}": b"", "b.txt": "x\n"})
    case(f"text {extension} cut off", "text", {f"a.txt.{extension}": pack(b"one\ntwo\n")[:-3]})
    case(f"text {extension} by name only", "text", {f"a.txt.{extension}": b"one\ntwo\n"})
    case(f"json array {extension} and more", "json", {f"a.json.{extension}": pack(b'[{"a":1}]') + pack(b'[{"a":2}]')})
case("text gz and zeros", "text", {"a.txt.gz": gzip.compress(b"one\n", mtime=0) + bytes(600)})
case("text gz and more", "text", {"a.txt.gz": gzip.compress(b"one\n", mtime=0) + b"more"})
case("text named txt is never unpacked", "text", {"a.txt": gzip.compress(b"one\n", mtime=0)}, encoding="latin-1")
case("text zip", "text", {"a.zip": packed({"b/2.txt": "b2\n", "b/1.txt": "b1", "z.txt": "z\nzz", ".h/x.txt": "hidden", "__MACOSX/q": "q", "a.md": "markdown", "b/c/d.txt": "deep"})})
case("csv zip", "csv", {"a.zip": packed({"2.csv": "a,b\n3,z\n", "1.csv": "a,b\n1,x\n2,y\n"})})
case("csv zip of gz", "csv", {"a.zip": packed({"1.csv.gz": gzip.compress(b"a,b\n1,x\n", mtime=0)})})
case("json zip", "json", {"a.zip": packed({"2.jsonl": '{"a": 3}\n', "1.jsonl": '{"a": 1}\n{"a": 2}\n'})})
case("xml", "xml", {"a.xml": "<a>\r\n<b/></a>\n", "b.xml": ""})

# CoNLL.
CONLL = "-DOCSTART- -X- O O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n\n \t \nGerman JJ\nx a b c d e\n"
case("conll", "conll", {"a.conll": CONLL})
case("conll columns", "conll", {"a.conll": CONLL}, column_names=["tokens", "pos", "chunk", "ner"])
case("conll docstart", "conll", {"a.conll": CONLL}, skip_docstart=False)
case("conll delimiter", "conll", {"a.conll": "a\tb c\td\ne\t\tf\n"}, column_names=["x", "y", "z"], delimiter="\t")
case("conllu", "conll", {"a.conllu": "# sent_id = 1\n1\tDogs\tdog\n2\tbark\tbark\n\n# x\n1\tHi\t_\n"}, comment_prefix="#", column_names=["id", "form"])
case("conll spaces", "conll", {"a.conll": "a\u00a0b\u3000c d\n\u00a0\ne\x1ff\n"}, column_names=["x", "y"])
case("conll empty and full", "conll", {"a.conll": "\n\n", "b.conll": "x\n"})

# Arrow.
TABLE = pa.table({"a": pa.array([1, None, 3], pa.int32()), "s": pa.array(["x", None, "z"], pa.large_string()), "l": pa.array([[1], [], None], pa.list_(pa.int8())),
    "d": pa.array(["p", "q", "p"]).dictionary_encode(), "t": pa.array([{"x": 1, "y": "a"}, None, {"x": 2, "y": None}])})
for stream in [True, False]:
    kind = "stream" if stream else "file"
    case(f"arrow {kind}", "arrow", {"a.arrow": arrow(TABLE, stream), "b.arrow": arrow(TABLE.slice(1), stream)})
    case(f"arrow {kind} of fewer columns", "arrow", {"a.arrow": arrow(TABLE, stream), "b.arrow": arrow(TABLE.select(["s", "a"]), stream)})
    case(f"arrow {kind} of more columns", "arrow", {"a.arrow": arrow(TABLE.select(["a"]), stream), "b.arrow": arrow(TABLE.select(["s", "a"]), stream)})
    case(f"arrow {kind} of other types", "arrow", {"a.arrow": arrow(pa.table({"a": [1]}), stream), "b.arrow": arrow(pa.table({"a": pa.array([2], pa.int8())}), stream)})
    case(f"arrow {kind} without rows", "arrow", {"a.arrow": arrow(TABLE.slice(0, 0), stream)})

# JSON.
for name, text in {
    "lines": '{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n',
    "blank lines": '{"a": 1}\n\n  \n{"a": 2}\n',
    "array": '[{"a": 1}, {"a": 2, "b": true}]',
    "array over lines": '[\n {"a": 1},\n {"a": 2}\n]\n',
    "array after space": '  [{"a": 1}, {"a": 2}]',
    "array of strings": '["x", "y"]',
    "array of numbers": "[1, 2]",
    "empty array": "[]",
    "one object": '{"a": 1, "b": [1, 2]}',
    "one object over lines": '{\n "a": [1, 2],\n "b": ["x", "y"]\n}\n',
    "object of scalars over lines": '{\n "a": 1,\n "b": 2\n}\n',
    "object of objects": '{\n "a": {"x": 1, "y": 2},\n "b": {"x": 3, "y": 4}\n}\n',
    "missing members": '{"a": 1}\n{"b": "x"}\n{"c": null}\n',
    "int and double": '{"a": 1}\n{"a": 2.5}\n',
    "int and text": '{"a": 1}\n{"a": "x"}\n',
    "bool and int": '{"a": true}\n{"a": 1}\n',
    "dates": '{"a": "2024-01-02"}\n{"a": "2024-01-02T03:04:05"}\n',
    "dates and text": '{"a": "2024-01-02"}\n{"a": "x"}\n',
    "fractions of seconds": '{"a": "2024-01-02T03:04:05.678"}\n',
    "zones": '{"a": "2024-01-02T03:04:05Z"}\n{"a": "2024-01-02 03:04:05+02:00"}\n',
    "nested": '{"a": {"x": 1, "y": [1, 2]}}\n{"a": {"x": 2, "y": []}}\n',
    "structs that differ": '{"a": {"x": 1}}\n{"a": {"y": 2}}\n',
    "empty struct": '{"a": {}}\n{"a": {}}\n',
    "struct and null": '{"a": {"x": 1}}\n{"a": null}\n',
    "list of structs that differ": '{"a": [{"x": 1}, {"y": 2}]}\n',
    "list of mixed": '{"a": [1, "x"]}\n{"a": []}\n',
    "list and scalar": '{"a": [1]}\n{"a": 1}\n',
    "mixed text that is JSON": '{"a": {"x": 1}}\n{"a": "1"}\n{"a": "text"}\n{"a": ""}\n{"a": null}\n{"a": [1.5, true, null]}\n',
    "mixed with other columns": '{"a": 1, "f": 0.1, "s": "é/"}\n{"a": "x", "f": 2.25, "s": "y"}\n',
    "nulls": '{"a": null}\n{"a": null}\n',
    "large": '{"a": 9223372036854775807}\n{"a": 1}\n',
    "escapes": '{"a": "\\u00e9\\ud834\\udd1e\\n\\"\\\\\\/"}\n',
    "with mark": '\ufeff{"a": 1}\n',
    "floats": '{"a": 1e3, "b": -0.0, "c": 1.7976931348623157e308}\n',
    "deep": '{"a": [[1, 2], [3]], "b": [{"c": [{"d": 1}]}]}\n',
    "keys in another order": '{"a": 1, "b": 2}\n{"b": 3, "a": 4}\n',
    "no end of line": '{"a": 1}\n{"a": 2}',
    "several on a line": '{"a": 1} {"a": 2}\n',
    "empty": "",
    "white space": " \n\n",
    "broken": '{"a": 1}\n{"a": \n',
    "not JSON": "hello\n",
}.items():
    case(f"json {name}", "json", {"a.json": text})
case("json no mixed types", "json", {"a.json": '{"a": 1}\n{"a": "x"}\n'}, on_mixed_types=None)
case("json field", "json", {"a.json": '{"version": 1, "data": [{"a": 1}, {"a": 2}]}'}, field="data")
case("json field of columns", "json", {"a.json": '{"data": {"a": [1, 2], "b": ["x", "y"]}}'}, field="data")
case("json field of scalars", "json", {"a.json": '{"data": ["x", "y"]}'}, field="data")
case("json field of one object", "json", {"a.json": '{"data": {"a": 1}}'}, field="data")
case("json field and more", "json", {"a.json": '{"data": [{"a": 1}], "other": [{"data": 2}]}'}, field="data")
case("json field and garbage", "json", {"a.json": '{"data": [{"a": 1}]} x'}, field="data")
case("json array and garbage", "json", {"a.json": '[{"a": 1}] x'})
case("json field missing", "json", {"a.json": '{"x": []}'}, field="data")
case("json second file with fewer columns", "json", {"a.json": '{"a": 1, "b": 2}\n', "b.json": '{"a": 3}\n'})
case("json second file with more columns", "json", {"a.json": '{"a": 1}\n', "b.json": '{"a": 3, "b": 1}\n'})
case("json second file with doubles", "json", {"a.json": '{"a": 1}\n', "b.json": '{"a": 2.5}\n'})
case("json second file with integral doubles", "json", {"a.json": '{"a": 1}\n', "b.json": '{"a": 2.0}\n'})
case("json second file with struct for text", "json", {"a.json": '{"a": "x"}\n', "b.json": '{"a": {"k": [1, null]}}\n'})
case("json second file with numbers for text", "json", {"a.json": '{"a": "x"}\n', "b.json": '{"a": 1}\n'})
case("json second file with text for numbers", "json", {"a.json": '{"a": 1}\n', "b.json": '{"a": "2"}\n'})
case("json latin", "json", {"a.json": '{"a": "é"}\n'.encode("latin-1")}, encoding="latin-1")
case("json invalid UTF-8", "json", {"a.json": b'{"a": "\xff"}\n'})
case("json invalid UTF-8 replaced", "json", {"a.json": b'{"a": "\xff"}\n'}, encoding_errors="replace")

# CSV.
for name, (text, options) in {
    "plain": ("a,b\n1,x\n2,y\n", {}),
    "types": ("i,f,b,s,e,m\n1,1.5,True,x,,1\n2,2,False,y,,\n", {}),
    "quotes": ('a,b\n"x,1","y""z"\n"li\nne",q"r\n', {}),
    "missing words": ("a,b\nNA,x\nnull,None\n1,n/a\n", {}),
    "keep missing words": ("a,b\nNA,x\n,None\n", {"keep_default_na": False}),
    "na_values": ("a,b\n-,x\n1,-\n", {"na_values": "-"}),
    "no na_filter": ("a,b\n,x\n1,NA\n", {"na_filter": False}),
    "no header": ("1,x\n2,y\n", {"header": None}),
    "names": ("1,x\n2,y\n", {"names": ["p", "q"]}),
    "names for header": ("a,b\n1,x\n", {"names": ["p", "q"], "header": 0}),
    "sep": ("a;b\n1;x\n", {"sep": ";"}),
    "long sep": ("a||b\n1||x\n", {"sep": "||"}),
    "white space": ("a  b\n1 \t x\n", {"sep": r"\s+"}),
    "skiprows": ("junk\na,b\n1,x\n", {"skiprows": 1}),
    "skiprows list": ("a,b\n1,x\n2,y\n3,z\n", {"skiprows": [1, 3]}),
    "skipfooter": ("a,b\n1,x\ntotal,1\n", {"skipfooter": 1, "engine": "python"}),
    "nrows": ("a,b\n1,x\n2,y\n", {"nrows": 1}),
    "usecols": ("a,b,c\n1,x,p\n2,y,q\n", {"usecols": ["c", "a"]}),
    "usecols numbers": ("a,b,c\n1,x,p\n", {"usecols": [0, 2]}),
    "index_col": ("a,b\n1,x\n2,y\n", {"index_col": 0}),
    "index_col false": ("a,b\n1,x,\n2,y,\n", {"index_col": False}),
    "comment": ("# hi\na,b\n1,x # no\n#2,y\n3,z\n", {"comment": "#"}),
    "thousands": ('a\n"1,000"\n"2,500"\n', {"thousands": ","}),
    "decimal": ("a;b\n1,5;x\n2,25;y\n", {"sep": ";", "decimal": ","}),
    "quotechar": ("a,b\n'x,1',y\n", {"quotechar": "'"}),
    "quoting none": ('a,b\n"x,y"\n', {"quoting": 3}),
    "quoting nonnumeric": ('a,b\n"1",2\n"3",4\n', {"quoting": 2}),
    "escapechar": ("a,b\nx\\,1,y\n", {"escapechar": "\\"}),
    "no doublequote": ('a,b\n"x\\"1",y\n', {"doublequote": False, "escapechar": "\\"}),
    "skipinitialspace": ("a, b\n1,  x\n", {"skipinitialspace": True}),
    "blank lines": ("a,b\n\n1,x\n\n", {}),
    "keep blank lines": ("a,b\n\n1,x\n", {"skip_blank_lines": False}),
    "true words": ("a\nyes\nno\n", {"true_values": ["yes"], "false_values": ["no"]}),
    "duplicate names": ("a,a,,a\n1,2,3,4\n", {}),
    "short row": ("a,b,c\n1,2\n4,5,6\n", {}),
    "long row": ("a,b\n1,2\n1,2,3\n", {}),
    "long row skipped": ("a,b\n1,2\n1,2,3\n4,5\n", {"on_bad_lines": "skip"}),
    "index in front": ("a,b\nx,1,2\ny,3,4\n", {}),
    "numbers in front": ('"a","b"\n"1",1,2\n"3",3,4\n"5",5,6\n', {}),
    "numbers and a gap in front": ("a,b\n1,1,2\n3,3,4\n4,5,6\n", {}),
    "one number in front": ("a,b\n1,1,2\n", {}),
    "names for the last": ("1,x\n2,y\n", {"names": ["p"]}),
    "header alone": ("a,b\n", {}),
    "empty": ("", {}),
    "carriage returns": ("a,b\r1,x\r2,y\r", {}),
    "crlf": ("a,b\r\n1,x\r\n2,y", {}),
    "with mark": ("\ufeffa,b\n1,x\n", {}),
    "large ints": ("a,b,c\n9223372036854775808,99999999999999999999,1\n1,1,-9223372036854775808\n", {}),
    "floats": ("a\n0.1\n1e400\ninf\n-Infinity\nnan\n1.7976931348623157e308\n", {}),
    "int then text": ("a\n1\nx\n", {}),
    "bools with missing": ("a\nTrue\n\nFalse\n", {}),
    "dates": ("a\n2024-01-02\n2024-01-03\n", {}),
    "leading zeros": ("a,b\n007, 1 \n010,2\n", {}),
    "float_precision": ("a\n0.1234567890123456789\n", {"float_precision": "round_trip"}),
    "lineterminator": ("a,b~1,x~2,y", {"lineterminator": "~"}),
    "open quote": ('a,b\n1,"x\n2,y\n', {}),
    "nul": ("a,b\n1,x\x00y\n", {}),
    "column_names": ("1,x\n", {"column_names": ["p", "q"]}),
    "delimiter": ("a|b\n1|x\n", {"delimiter": "|"}),
    "chunksize": ("a\n1\n2\n3\n4\n", {"chunksize": 2}),
    "header 1": ("junk,x\na,b\n1,2\n", {"header": 1}),
    "dialect": ("a,b\n1,2\n", {"memory_map": True}),
    "date_format": ("a\n2024\n", {"date_format": "%Y"}),
    "latin": ("a\né\n".encode("latin-1"), {"encoding": "latin-1"}),
    "invalid UTF-8": (b"a\n\xff\n", {}),
    "invalid UTF-8 replaced": (b"a\n\xff\n", {"encoding_errors": "replace"}),
    "invalid UTF-8 ignored": (b"a\n\xffx\n", {"encoding_errors": "ignore"}),
}.items():
    case(f"csv {name}", "csv", {"a.csv": text}, **options)
case("tsv", "csv", {"a.tsv": "a\tb\n1\tx,y\n"}, sep="\t")
case("csv second file with other order", "csv", {"a.csv": "a,b\n1,x\n", "b.csv": "b,a\ny,2\n"})
case("csv second file is empty but for its header", "csv", {"a.csv": "a,b\n1,x\n", "b.csv": "a,b\n"})


def plain(value):
    if isinstance(value, datetime.datetime):
        return {"time": value.isoformat()}
    if isinstance(value, (datetime.date, bytes)):
        return {"other": str(value)}
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return {"float": str(value)}
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def result(one, folder):
    for path, content in one["files"].items():
        (folder / path).write_bytes(base64.b64decode(content))
    try:
        stream = datasets.load_dataset(one["format"], data_files=sorted(str(folder / path) for path in one["files"]), split="train", streaming=True, **one["options"])
        rows, types = [], {}
        for _, table in stream._ex_iterable.iter_arrow():
            types |= {field.name: str(field.type) for field in table.schema if field.name not in types}
            rows += table.to_pylist()
        if stream.features is not None:
            types = {field.name: str(field.type) for field in stream.features.arrow_schema}
            rows = [{name: row.get(name) for name in types} for row in rows]
    except Exception as error:  # What goes wrong is a result like any other.
        cause = error
        return {"error": f"{type(cause).__name__}: {cause}".replace(str(folder) + "/", "")[:300]}
    return {"types": [f"{name}: {text}" for name, text in types.items()], "rows": [plain(row) for row in rows]}


with open(sys.argv[1], "w") as out:
    for i, one in enumerate(CASES):
        with tempfile.TemporaryDirectory() as folder:
            one["result"] = result(one, Path(folder))
        out.write("[\n" if i == 0 else ",\n")
        out.write(json.dumps(one, ensure_ascii=False))
    out.write("\n]\n")
