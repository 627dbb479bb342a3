#!/usr/bin/env python3
"""spdx3-validate without a network: the JSON schema and the shapes (SHACL) of SPDX 3.0.1 judge a document.

    spdx3.py SCHEMAS DOCUMENT

SCHEMAS has `spdx-3.0.1.context.jsonld` and `spdx-3.0.1.model.ttl`, as https://spdx.org serves them. Prints what is
wrong, and exits with 1 if anything is. Needs `pip install spdx3-validate`. The schema is another's work (sbom.py): this
validator takes gigabytes for it.
"""

import json
import pathlib
import sys

import rdflib
from spdx3_validate.core import check_graph
from spdx3_validate.spdx_versions import find_version


def main():
    schemas, path = map(pathlib.Path, sys.argv[1:3])
    document = json.loads(path.read_text())
    version = find_version(document["@context"])
    if version is None:
        sys.exit(f"unknown context: {document['@context']}")
    document["@context"] = json.loads((schemas / f"spdx-{version.pretty}.context.jsonld").read_text())["@context"]
    graph = rdflib.Graph().parse(data=json.dumps(document), format="json-ld")
    shapes = rdflib.Graph().parse(schemas / f"spdx-{version.pretty}.model.ttl")
    errors = check_graph(graph, shapes, version, True)
    print("\n".join(errors))
    sys.exit(1 if errors else 0)


main()
