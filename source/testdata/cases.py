"""Writes csv_cases.json and json_cases.json: what the datasets library makes of small files, in streaming mode.

Run it with the packages datasets and pandas installed: python cases.py
"""

import json
import math
import os
import random
import tempfile

import datasets

CSV = [
    ("a,b\nTrue,1\n,2\n", {}),
    ("a\nTrue\nFALSE\ntrue\n", {}),
    ("a\n1\n\n3\n", {"skip_blank_lines": False}),
    ("a,b\n1,\n2,x\n", {}),
    ("a\n9223372036854775808\n1\n", {}),
    ("a\n9223372036854775808\n-1\n", {}),
    ("a\n1e400\n1\n", {}),
    ("a\ninf\n-Infinity\n", {}),
    ("a\n 1 \n+2\n", {}),
    ("a\n 1.5 \n2\n", {}),
    ("a,b\n1,2\n4,5,6\n", {}),
    ("a,b\n1,2\n4,5,6\n7,8\n", {"on_bad_lines": "skip"}),
    ("a,b\n1\n4,5\n", {}),
    ("a,b,a,,a.1\n1,2,3,4,5\n", {}),
    ("1,2\n3,4\n", {"header": None, "names": ["x", "y"]}),
    ("1,2\n3,4\n", {"names": ["x", "y"]}),
    ("a,b\n1,2\n3,4\n", {"names": ["x", "y"], "header": 0}),
    ("a,b\n'x','y\n", {"quotechar": "'"}),
    ('a,b\n"x""y",z"w"\n"u"v,2\n', {}),
    ('a,b\n"x\ny",2\n', {}),
    ('a,b\n"x,2\n', {}),
    ('a\n""\nx\n', {}),
    ("a\r1\r2\r", {}),
    ("a\r\n1\r\n2", {}),
    ("a\n  \n1\n", {}),
    ("\n\n# hi\na,b\n1,2\n3,4 # five\n", {"comment": "#"}),
    ("a;b\n1,5;2.000,5\n", {"sep": ";", "decimal": ",", "thousands": "."}),
    ("a,b\nyes,1\nno,2\n", {"true_values": ["yes"], "false_values": ["no"]}),
    ("a\t b\n1\t 2\n", {"sep": "\t"}),
    ("a,b\n1,2\n3,4\n5,6\n", {"skiprows": 1}),
    ("a,b\n1,2\n3,4\n5,6\n", {"skiprows": [1]}),
    ("a,b\n1,2\n3,4\n5,6\n", {"nrows": 2}),
    ("a,b\n1,2\n3,4\n5,6\n", {"usecols": ["b"]}),
    ("a,b\n1,2\n3,4\n5,6\n", {"usecols": [1]}),
    ("a,b\n1,999\n3,4\n", {"na_values": ["999"]}),
    ("a,b\n1,999.0\n3,4\n", {"na_values": 999}),
    ("a,b\nNA,x\n3,4\n", {"keep_default_na": False}),
    ("a,b\nNA,x\n3,4\n", {"na_filter": False}),
    ("a,b\n1,x\\,y\n", {"escapechar": "\\"}),
    ('a,b\n1,"x\\"y"\n', {"escapechar": "\\"}),
    ('a, b\n1, "x,y"\n', {"skipinitialspace": True}),
    ('a,b\n1,"x"\n', {"quoting": 3}),
    ("", {}),
    ("\n\n", {}),
    ("a\n0x10\n1\n", {}),
    ("a\n1_000\n1\n", {}),
    ("a\n1.\n.5\n", {}),
    ("a\n.\n.5\n", {}),
    ("a\n1e5\n2\n", {}),
    ("a\n1e\n2\n", {}),
    ("a\n-\n2\n", {}),
    ("a\n-0\n2\n", {}),
    ("a\nNan\n1\n", {}),
    ("a\n00\n01\n", {}),
    ("a\nTrue\n1\n", {}),
    ('a,b\n1,2 \n"3" ,3\n', {}),
    ('"a\nb",c\n1,2\n', {}),
    ('a,b\nx,y\n"",\n,\n', {}),
    ("a,b\n1,2\n,\n", {}),
    ("\ufeffa,b\n1,2\n", {}),
    ("a,b\n#N/A,n/a\n<NA>,x\nnull,None\n1,NULL\n", {}),
    ("a\nx\n\"y", {}),
    ("a b\n\"1 2\" 3\n", {"sep": " "}),
]

TIMES = [
    "2024-01-01", "2024-01-01T10:20:30", "2024-01-01T10:20:30Z", "2024-01-01 10:20:30.5", "2024-01-01T10:20", "2024-01-01T10",
    "2024-01-01T10:20:30+01:00", "20240101", "2024-13-01", "2024-1-1", "", "2024-01-01T102030", "2024", "10:20:30", "0001-01-01",
    "2024-01-01T10:20:30+01", "2024-01-01T10:20:30+0100", "2024-01-01T10Z", "2024-01-01Z", "2024-01-01t10:00",
    "2024-01-01T24:00:00", "2024-01-01T10:20:60", "2024-02-29", "2023-02-29", "-2024-02-20", "12024-02-20", "2024-01-01T10:20:30z",
    " 2024-01-01", "2024-01-01T10:20:30-14:30", "2024-01-01T10:20:30+25:00", "1900-02-29", "2000-02-29", "2024-01-01T10:20:30-1:00",
    "2024-01-01T10-01:00", "2024-01-01T10:20-01:00", "2024-01-01T10:20:30+010:0",
]

JSON = [(json.dumps({"a": t}) + "\n", {}) for t in TIMES] + [
    ('{"a":99999999999999999999}\n', {}),
    ('{"a":9223372036854775808}\n{"a":1}\n', {}),
    ('{"a":1}\n{"a":1.5}\n', {}),
    ('{"a":true}\n{"a":1}\n', {}),
    ('{"a":"x"}\n{"a":1}\n', {}),
    ('{"a":"2024-01-01"}\n{"a":null}\n{"a":"x"}\n', {}),
    ('{"a":Infinity}\n', {}),
    ('{"a":Inf}\n', {}),
    ('{"a":nan}\n', {}),
    ('{"a":1,"a":2}\n', {}),
    ('{"a":"\\ud800"}\n', {}),
    ('{"a":"\\ud83d\\ude00 \\/ \\u00e9 \\" \\\\ \\b\\f\\n\\r\\t"}\n', {}),
    ('{"a":"x\ty"}\n', {}),
    ('{"a":-0}\n{"a":1}\n', {}),
    ('{"a":1e2}\n', {}),
    ('{"a":01}\n', {}),
    ('{"a":1.}\n', {}),
    ('{"a":.5}\n', {}),
    ('{"a":+1}\n', {}),
    ('{"a":{"x":1}}\n{"a":{"x":2}}\n', {}),
    ('{"a":{"x":1}}\n{"a":{"y":2}}\n', {}),
    ('{"a":{"x":1,"y":2}}\n{"a":{"y":3,"x":4}}\n', {}),
    ('{"a":{}}\n', {}),
    ('{"a":{"x":1}}\n{"a":null}\n{"b":1}\n', {}),
    ('{"a":[1,2]}\n{"a":[]}\n', {}),
    ('{"a":[]}\n', {}),
    ('{"a":[1,"x"]}\n', {}),
    ('{"a":[null]}\n', {}),
    ('{"a":[{"x":1},{"y":2}]}\n', {}),
    ('{"a":[1.5,2]}\n', {}),
    ('{"a":[[1],[2,3],null]}\n', {}),
    ('{"a":{"x":1}}\n{"a":[1]}\n', {}),
    ('{"a":{"x":1}}\n{"a":"s"}\n', {}),
    ('{"a":null}\n', {}),
    ('{}\n{"a":1}\n', {}),
    ('{"a":{"x":1}}\n{"a":5}\n{"a":"1"}\n{"a":"q"}\n{"a":""}\n{"a":1.25}\n', {}),
    ('[{"a":1},{"a":2,"b":"x"}]', {}),
    (' [{"a":1},{"a":2}]', {}),
    ('["x","y"]', {}),
    ("[1,2]", {}),
    ("[[1,2],[3,4]]", {}),
    ('[{"a":1,"b":[1,2]},{"a":2.5}]', {}),
    ('{\n"a":[1,2],\n"b":["x","y"]\n}\n', {}),
    ('{\n"v":"1.1",\n"data":[{"a":1},{"a":2}]\n}\n', {}),
    ('{"v":1,"data":[{"a":1},{"a":2,"b":"q"}]}', {"field": "data"}),
    ('{"v":{"data":[1,"]"]},"data":["x","y"]}', {"field": "data"}),
    ('{"v":1,"data":{"a":[1,2],"b":[3,4]}}', {"field": "data"}),
    ('{"v":1}', {"field": "data"}),
    ('{"v":1,"data":5}', {"field": "data"}),
    ('{"a":1}\n{"a":2', {}),
    ('{"a":1} {"a":2}\n', {}),
    ('{"a":1}\n\n{"a":2}\n', {}),
    ('{"a":1},\n{"a":2}\n', {}),
    ("1\n2\n", {}),
    ('{"a":1}\n2\n', {}),
    ('\ufeff{"a":1}\n', {}),
    ('{"a":1}x\n', {}),
    ("{'a':1}\n", {}),
    ('{"a":1,"b":{"p":[{"q":1},{"q":null}]}}\n', {}),
    ('{"a":true}\n{"a":null}\n', {}),
    ('{"a":"2024-01-01"}\n{"a":5}\n', {}),
    ('{"a":"x"}\n{"a":{"b":1}}\n', {"on_mixed_types": None}),
    ('{"a":{"x":1}}\n{"a":{"y":2}}\n', {"on_mixed_types": None}),
    ('{"a":{"x":1,"y":{"z":null}}}\n{"a":{"x":1,"y":{"z":3}}}\n', {}),
    ('{"a":{"x":null}}\n{"a":{"x":{"k":1}}}\n{"a":{"x":{"k":2,"l":1}}}\n', {}),
    ('{"":1}\n', {}),
    ('{"a b":1,"\u00e9":2,"\\u0061":3}\n', {}),
    ('{"a":{"x":0.1,"u":"\u00e9/\\u0001"}}\n{"a":{"y":1e22,"z":[1,{"b":null}]}}\n', {}),
    ('{"a":1}\n{"a":"12"}\n{"a":"[1,2]"}\n{"a":" 5 "}\n{"a":"1 2"}\n', {}),
]


def jsonable(v):
    if isinstance(v, float):
        return None if math.isnan(v) else str(v) if math.isinf(v) else v
    if isinstance(v, dict):
        return {k: jsonable(x) for k, x in v.items()}
    if isinstance(v, list):
        return [jsonable(x) for x in v]
    if hasattr(v, "isoformat"):
        return v.isoformat()
    return v


def run(kind, text, parameters):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "data." + kind)
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(text)
        case = {"text": text, "parameters": parameters}
        try:
            ds = datasets.load_dataset(kind, data_files=path, split="train", streaming=True, **parameters)
            rows = list(ds)
            features = ds.features or ds._resolve_features().features
            case["schema"] = [f"{f.name}: {f.type}" for f in features.arrow_schema]
            case["rows"] = [[jsonable(r.get(name)) for name in features] for r in rows]
        except Exception as e:
            case["error"] = f"{type(e).__name__}: {e}".split("\n")[0].replace(path, "<file>")
        return case


def numbers():
    """Floating point numbers of all shapes, to compare the last bits."""
    r = random.Random(7)
    out = []
    for _ in range(250):
        out.append(repr(r.uniform(-1, 1) * 10 ** r.randint(-12, 12)))
        out.append(f"{r.uniform(0, 1000):.{r.randint(0, 20)}f}")
        out.append(f"{r.randint(0, 10**r.randint(1, 25))}e{r.randint(-330, 300)}")
    return out


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    datasets.logging.set_verbosity(50)
    for kind, cases in ("csv", CSV), ("json", JSON):
        with open(os.path.join(here, kind + "_cases.json"), "w", encoding="utf-8") as f:
            json.dump([run(kind, text, parameters) for text, parameters in cases], f, indent=1, ensure_ascii=False)
            f.write("\n")
    import pandas

    texts = numbers()
    values = pandas.read_csv(__import__("io").StringIO("a\n" + "\n".join(texts) + "\n"))["a"].tolist()
    with open(os.path.join(here, "csv_numbers.txt"), "w", encoding="utf-8") as f:
        for text, value in zip(texts, values):
            f.write(f"{text} {float(value).hex()}\n")


if __name__ == "__main__":
    main()
