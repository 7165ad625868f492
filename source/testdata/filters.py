"""Writes filter_cases.json: which rows pyarrow keeps for conditions in the form of the option filters.

Run it with the package pyarrow installed: python filters.py
"""

import json
import math
import os

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.parquet.core import filters_to_expression

ROWS = pa.table(
    {
        "i": pa.array([1, 2, None, -3, 2], pa.int64()),
        "u": pa.array([1, 2, None, 3, 9], pa.uint64()),
        "f": pa.array([1.5, math.nan, None, -0.0, 2.0], pa.float64()),
        "s": pa.array(["a", "b", None, "", "é"], pa.string()),
        "b": pa.array([True, False, None, True, False], pa.bool_()),
        "y": pa.array([b"a", b"b", None, b"", b"\xff"], pa.binary()),
        "n": pa.array([None] * 5, pa.null()),
        "l": pa.array([[1], [], None, [2], [3]], pa.list_(pa.int64())),
    }
)

FILTERS = [
    '[("i", "=", 2)]', '[("i", "==", 2)]', '[("i", "!=", 2)]', '[("i", "<", 2)]', '[("i", "<=", 2)]', '[("i", ">", 1)]',
    '[("i", ">=", 1)]', '[("i", "in", [2, 7])]', '[("i", "not in", [2, 7])]', '[("i", "in", [2, None])]',
    '[("i", "not in", [2, None])]', '[("i", "=", None)]', '[("i", "!=", None)]', '[("i", "in", [None])]', '[("i", "=", 2.0)]',
    '[("i", "<", 1.5)]', '[("u", ">", 1)]', '[("u", ">", -1)]', '[("f", "=", 1.5)]',
    '[("f", "!=", 1.5)]', '[("f", "<", 2)]', '[("f", ">", -1)]', '[("f", "=", 0)]', '[("f", "in", [1.5, 2.0])]',
    '[("f", "not in", [1.5])]', '[("s", "=", "b")]', '[("s", "!=", "b")]', '[("s", ">", "a")]', '[("s", "in", ["a", "é"])]',
    '[("s", "not in", ("a",))]', '[("s", "in", {"a"})]', '[("s", "=", 1)]', '[("i", "=", "1")]', '[("b", "=", True)]',
    '[("b", "!=", True)]', '[("b", "<", True)]', '[("b", "=", 1)]', '[("y", "=", b"b")]', '[("y", ">", b"a")]',
    '[("n", "=", 1)]', '[("n", "in", [None])]', '[("i", "=", 2), ("s", "=", "b")]', '[[("i", "=", 1)], [("s", "=", "b")]]',
    '[[("i", ">", 0), ("b", "=", True)], [("f", "=", 2.0)]]', '[["i", "=", 2]]', '[("i", "!=", 2), ("s", "not in", ["a"])]',
    '[("i", "=", 2), ("i", "=", 3)]', '[[("i", "=", None)], [("s", "=", "a")]]', '[("x", "=", 1)]', '[("l", "=", 1)]', "[]", "[[]]",
    '[("i", "like", 2)]', '[("i", "=")]', '[("i", "IN", [1])]', '("i", "=", 2)', '"i"', '[("i", "in", 2)]', '[1]', '[[1]]', "None",
    '[("i", "in", [])]', '[("i", "not in", [])]', '[("i", ">", True)]', '[("f", "=", 1)]', '[("s", "<", b"b")]',
]


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    cases = []
    for text in FILTERS:
        case = {"filters": text}
        try:
            value = eval(text)
            if value is not None and not isinstance(value, list):
                raise TypeError("not a list")  # What datasets hands on to pyarrow as an expression.
            table = ROWS.append_column("row", pa.array(range(5)))
            if value is not None:
                table = pa.dataset.dataset(table).to_table(filter=filters_to_expression(value))
            case["rows"] = table["row"].to_pylist()
        except Exception as e:
            case["error"] = f"{type(e).__name__}: {e}".split("\n")[0]
        cases.append(case)
    with open(os.path.join(here, "filter_cases.json"), "w", encoding="utf-8") as f:
        json.dump(cases, f, indent=1, ensure_ascii=False)
        f.write("\n")


if __name__ == "__main__":
    import pyarrow.dataset  # noqa: F401

    main()
