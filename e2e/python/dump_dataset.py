"""Prints what the datasets library streams, one JSON object a line: first the columns and their Arrow types, then the rows.

usage: dump_dataset.py REPOSITORY CONFIG SPLIT     (CONFIG "-" is the default one; the Hub is HF_ENDPOINT's)
"""

import json
import sys

import datasets

repository, config, split = sys.argv[1:]
stream = datasets.load_dataset(repository, None if config == "-" else config, split=split, streaming=True)
if stream.features is None:
    stream = stream._resolve_features()
schema = stream.features.arrow_schema
print(json.dumps({field.name: str(field.type) for field in schema}))
for row in stream:
    print(json.dumps(row, ensure_ascii=False))
