#!/usr/bin/env python3
"""truth_node.py ROOTFS: the npm packages in a root file system and which needs which.

Prints `package NAME VERSION` and `edge NAME@VERSION NAME@VERSION`, sorted. Independent of portcullis: packages
and what they need are those of each `node_modules/.package-lock.json`, as far as their directories exist (a
later layer may have removed some), found upwards as Node does.
"""

import json
import os
import sys


def main(root):
    packages, edges = set(), set()
    for directory, names, files in os.walk(root):
        if os.path.basename(directory) != "node_modules" or ".package-lock.json" not in files:
            continue
        base = os.path.dirname(directory)
        with open(os.path.join(directory, ".package-lock.json"), encoding="utf-8") as file:
            entries = json.load(file)["packages"]
        entries = {
            place: entry
            for place, entry in entries.items()
            if place and "version" in entry and os.path.exists(os.path.join(base, place, "package.json"))
        }

        def name(place):
            return entries[place].get("name") or place.rsplit("node_modules/", 1)[1]

        def label(place):
            return f"{name(place)}@{entries[place]['version']}"

        for place, entry in entries.items():
            packages.add((name(place), entry["version"]))
            needed = set()
            for key in ("dependencies", "optionalDependencies", "peerDependencies"):
                needed |= set(entry.get(key, {}))
            for dependency in needed:
                at = place
                while True:
                    candidate = f"{at}/node_modules/{dependency}" if at else f"node_modules/{dependency}"
                    if candidate in entries:
                        if label(candidate) != label(place):
                            edges.add((label(place), label(candidate)))
                        break
                    if not at:
                        break
                    at = at.rpartition("node_modules/")[0].rstrip("/")
    for package in sorted(packages):
        print("package", *package)
    for edge in sorted(edges):
        print("edge", *edge)


if __name__ == "__main__":
    main(sys.argv[1])
