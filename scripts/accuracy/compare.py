#!/usr/bin/env python3
"""Packages and edges of SPDX documents against the ground truth of package managers' own databases.

    compare.py TRUTH-DIR DOCUMENTS-DIR [IMAGE...]

TRUTH-DIR has IMAGE.KIND files as the truth_*.py scripts print them (`package NAME VERSION`, `edge A@V B@V`),
DOCUMENTS-DIR has TOOL/IMAGE.spdx.json. Prints a Markdown table: for each image, kind and tool how many of the true
packages and edges are found, and how many are found besides.
"""

import json
import pathlib
import re
import sys
import urllib.parse

KINDS = {"deb": "deb", "python": "pypi", "node": "npm", "java": "maven", "go": "golang", "rust": "cargo",
         "rpm": "rpm", "apk": "apk"}


def purl_name(purl):
    """Type, name with namespace where that is a part of the name, and version with its epoch."""
    body, _, subpath = purl.removeprefix("pkg:").partition("#")
    body, _, query = body.partition("?")
    kind, _, rest = body.partition("/")
    name, at, version = rest.rpartition("@")
    if not at:
        name, version = rest, ""
    name, version = urllib.parse.unquote(name), urllib.parse.unquote(version)
    epoch = dict(part.partition("=")[::2] for part in query.split("&")).get("epoch")
    if epoch and not version.startswith(epoch + ":"):
        version = f"{epoch}:{version}"
    if kind in ("deb", "rpm", "apk"):
        name = name.rpartition("/")[2]
    if kind == "pypi":
        name = re.sub(r"[-_.]+", "-", name).lower()
    if kind == "maven":
        name = name.replace("/", ":")
    if kind == "golang":
        # syft writes the end of `example.com/module/v2` as a subpath.
        name = f"{name}/{subpath}".rstrip("/").lower()
    return kind, name, version


def labels(package):
    """Kind, and name with version, by the package URL or, as crates from no registry have none, by the identifier."""
    for reference in package.get("externalRefs", []):
        if reference.get("referenceType") == "purl":
            kind, name, version = purl_name(reference["referenceLocator"])
            return kind, f"{name}@{version}"
    if package["SPDXID"].startswith("SPDXRef-Package-rust-crate-"):
        return "cargo", f"{package['name']}@{package.get('versionInfo', '')}"
    return None


def read_document(path):
    document = json.loads(path.read_text())
    ids, packages, edges = {}, {}, {}
    for package in document.get("packages", []):
        kind, label = labels(package) or (None, None)
        if kind:
            ids[package["SPDXID"]] = (kind, label)
            packages.setdefault(kind, set()).add(label)
    for relationship in document.get("relationships", []):
        a, kind, b = (relationship[k] for k in ("spdxElementId", "relationshipType", "relatedSpdxElement"))
        if kind == "DEPENDENCY_OF":
            a, b = b, a
        elif kind != "DEPENDS_ON":
            continue
        if a in ids and b in ids and ids[a][0] == ids[b][0]:
            edges.setdefault(ids[a][0], set()).add((ids[a][1], ids[b][1]))
    return packages, edges


def read_truth(path, kind):
    packages, edges = set(), set()
    for line in path.read_text().splitlines():
        words = line.split()
        if words[:1] == ["package"]:
            name, version = words[1], words[2] if len(words) > 2 else ""
            if "@" in name[1:] and len(words) == 2:
                name, _, version = name.rpartition("@")
            if kind == "go":
                name, version = name.lower(), version.removeprefix("go") if name == "stdlib" else version
            packages.add(f"{name}@{version}")
        elif words[:1] == ["edge"]:
            edges.add((words[1], words[2]))
    return packages, edges


def settle(found, packages):
    """A program's own module has no version in its build information; a tool may know one all the same."""
    own = {package.removesuffix("(devel)") for package in packages if package.endswith("@(devel)")}
    return {f"{label.rpartition('@')[0]}@(devel)" if f"{label.rpartition('@')[0]}@" in own else label for label in found}


def main():
    truths, documents = map(pathlib.Path, sys.argv[1:3])
    tools = sorted(path.name for path in documents.iterdir() if path.is_dir())
    print(f"| image | kind | true | {' | '.join(tools)} | true edges | {' | '.join(tools)} |")
    print("|" + "---|" * (4 + 2 * len(tools)))
    for truth in sorted(truths.iterdir()):
        image, _, kind = truth.name.rpartition(".")
        if sys.argv[3:] and image not in sys.argv[3:]:
            continue
        packages, edges = read_truth(truth, kind)
        cells, edge_cells = [], []
        for tool in tools:
            path = documents / tool / f"{image}.spdx.json"
            if not path.exists():
                cells.append("-")
                edge_cells.append("-")
                continue
            found_packages, found_edges = read_document(path)
            found = settle(found_packages.get(KINDS[kind], set()), packages)
            cells.append(f"{len(found & packages)}, {len(found - packages)}")
            found = found_edges.get(KINDS[kind], set())
            edge_cells.append(f"{len(found & edges)}, {len(found - edges)}" if edges else "-")
        print(f"| {image} | {kind} | {len(packages)} | " + " | ".join(cells) + f" | {len(edges) or '-'} | "
              + " | ".join(edge_cells) + " |")


main()
