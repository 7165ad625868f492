"""Writes internal/show/testdata/show.json: rows, as an Arrow stream, and what Spark's show() and its HTML print for them.

Needs Java and PySpark (classic, 4.3) with pyarrow:  python e2e/golden/show.py
"""

import base64
import io
import json
import pathlib

import pyarrow
from pyspark.sql import SparkSession

TARGET = pathlib.Path(__file__).parents[2] / "internal" / "show" / "testdata" / "show.json"
ZONE = "America/St_Johns"

QUERIES = [
    "select 1 a, 'x' b, true c, null d",
    "select id from range(3) where id > 5",
    "select * from values ('short'), ('exactly twenty chars'), ('one more than twenty.'), (null), ('') t(`a|b`)",
    "select * from values ('中文字符'), ('ｗｉｄｅ'), ('한국어 text'), ('ñandú'), ('😀😀'), ('e\u0301'), ('日本語の長い文章を切り詰めるとどうなりますか'), ('｡ﾊﾝｶｸ'), ('⺀々〆ぁ') t(`列名`)",
    "select 'a\\tb' t, 'a\\nb' n, 'a\\rb' r, '\\u0007\\u0008\\u000b\\u000c' c, 'back\\\\slash' s, '\"quoted\" & <b>' q",
    "select 1.0D a, 0.1D b, 1e7D c, 9999999D d, 1e-3D e, 9.99e-4D f, 123456789.125D g, double('NaN') h, double('-Infinity') i, -0.0D j, 4.9e-324D k, 1.7976931348623157e308D l, 2e-3D m, 1e21D n, 1.0E16D o",
    "select float(0.1) a, float(16777216) b, float(1e10) c, float(3.4028235e38) d, float(1.4e-45) e, float('Infinity') f, float(1.1e-3) g, float(2e-44) h",
    "select 1.10 a, cast(0 as decimal(38,18)) b, cast(-0.000001 as decimal(10,6)) c, 12345678901234567890123456789012345678 d",
    "select x'' a, x'00ff61' b, cast('text' as binary) c",
    "select date'2024-02-29' a, date'0001-01-01' b, date'9999-12-31' c, date'1582-10-15' d, date_from_unix_date(3000000) e, date_from_unix_date(-800000) f",
    "select timestamp'2024-07-01 00:00:00 UTC' a, timestamp'2024-01-01 00:00:00.120 UTC' b, timestamp'1900-01-01 00:00:00.000001 UTC' c, timestamp'0001-01-02 00:00:00 UTC' d, timestamp_micros(253402300800000000) e",
    "select timestamp_ntz'2024-07-01 00:00:00' a, timestamp_ntz'1969-12-31 23:59:59.9' b",
    "select interval '1 02:03:04.5' day to second a, interval '-1 02:03:04.000001' day to second b, cast(interval '0' second as interval day to second) c",
    "select array(1, null, 3) a, array_remove(array(1), 1) b, array('x', '') c, array(array(1), null) d, array(1.5D, double('NaN')) e, array(x'61', null) f",
    "select map('k', 1, 'l', null) a, map_filter(map('k', 1), (k, v) -> false) b, map(1, array(struct(1 as x))) c",
    "select named_struct('a', 1, 'b', null, 'c', named_struct('d', 'x y', 'e', array(date'2024-01-01', null))) s, struct() e",
    "select array(timestamp'2024-07-01 00:00:00.5 UTC', null) a, map('x', 1e10D) b, array(1.10, 2.00) c, array(true) d, array('a\\nb') e",
    "select id, repeat('x', cast(id as int)) text from range(30)",
    "select 'a' `<b>&\"'é`, '— α→β… € ⟨〈〉 ’' b, '†‡ §±²½×÷ÿĀŒŠŸˆ˜∀∑√∞≈◊♠' c, '\u00a0\u00ad\u200d' d",
]
OPTIONS = [(20, 20, False), (20, 0, False), (2, 7, False), (1, 3, False), (20, 25, True), (1, 0, True), (0, 20, False), (0, 20, True)]

spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", ZONE)
    .getOrCreate()
)
cases = []
for query in QUERIES:
    frame = spark.sql(query)
    table = frame.toArrow()
    sink = io.BytesIO()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    cases.append({
        "query": query,
        "rows": base64.b64encode(sink.getvalue()).decode(),
        "shown": [
            {"rows": n, "truncate": t, "vertical": v, "text": frame._jdf.showString(n, t, v), "html": None if v else frame._jdf.htmlString(n, t)}
            for n, t, v in OPTIONS
        ],
    })
TARGET.write_text(json.dumps({"zone": ZONE, "cases": cases}, ensure_ascii=False, indent=1) + "\n")
