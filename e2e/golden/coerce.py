"""Writes internal/plan/types/testdata/coerce.tsv: what Spark's own type rules answer for each pair of types.

Needs Java and PySpark (classic, 4.3):  python e2e/golden/coerce.py > internal/plan/types/testdata/coerce.tsv
"""

from pyspark.sql import SparkSession

NAMES = """void boolean tinyint smallint int bigint float double decimal(5,2) decimal(10,0) decimal(38,18) decimal(20,0)
string binary date timestamp timestamp_ntz interval_day interval_year array<int> array<bigint> array<string>
map<string,int> map<int,string> struct<a:int,b:string> struct<A:bigint,b:string> struct<x:int>""".split()
DDL = {"interval_day": "interval day to second", "interval_year": "interval year to month"}

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
jvm = spark._jvm
catalyst = jvm.org.apache.spark.sql.catalyst
ansi, legacy = catalyst.analysis.AnsiTypeCoercion, catalyst.analysis.TypeCoercion
cast, literal = catalyst.expressions.Cast, catalyst.expressions.Literal
seq = jvm.org.apache.spark.api.python.PythonUtils.toSeq


def parse(name):
    return jvm.org.apache.spark.sql.types.DataType.fromDDL("x " + DDL.get(name, name)).apply(0).dataType()


def text(option):
    return option.get().catalogString() if option.isDefined() else "-"


def implicit(rules, a, b):
    found = rules.implicitCast(literal.create(None, a), b)
    return found.get().dataType().catalogString() if found.isDefined() else "-"


columns = {
    "tightest": lambda a, b: text(ansi.findTightestCommonType().apply(a, b)),
    "wider": lambda a, b: text(ansi.findWiderTypeForTwo(a, b)),
    "withoutText": lambda a, b: text(ansi.findWiderTypeWithoutStringPromotion(seq([a, b]))),
    "legacyTightest": lambda a, b: text(legacy.findTightestCommonType().apply(a, b)),
    "legacyWider": lambda a, b: text(legacy.findWiderTypeForTwo(a, b)),
    "cast": lambda a, b: str(cast.canAnsiCast(a, b)).lower(),
    "legacyCast": lambda a, b: str(cast.canCast(a, b)).lower(),
    "upCast": lambda a, b: str(cast.canUpCast(a, b)).lower(),
    "store": lambda a, b: str(cast.canANSIStoreAssign(a, b)).lower(),
    "forces": lambda a, b: str(cast.forceNullable(a, b)).lower(),
    "implicit": lambda a, b: implicit(ansi, a, b),
    "legacyImplicit": lambda a, b: implicit(legacy, a, b),
}
kinds = [(name, parse(name)) for name in NAMES]
print("\t".join(["a", "b", *columns]))
for left, a in kinds:
    for right, b in kinds:
        print("\t".join([left, right, *(rule(a, b) for rule in columns.values())]))
