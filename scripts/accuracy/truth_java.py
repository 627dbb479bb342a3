#!/usr/bin/env python3
"""truth_java.py ROOTFS: the Java artifacts below a directory that Maven itself names.

One line for each `pom.properties` of each archive, at any depth: group, artifact, version and the archive,
with tabs between. Reads with the standard library alone, so that it shares nothing with what it judges.
"""

import io
import os
import sys
import zipfile

ARCHIVES = (".jar", ".war", ".ear", ".par", ".sar", ".nar", ".jpi", ".hpi", ".kar", ".lpkg")


def properties(text):
    pairs = {}
    for line in text.splitlines():
        line = line.strip()
        if line and line[0] not in "#!":
            key, _, value = line.partition("=")
            pairs[key.strip()] = value.strip()
    return pairs


def archive(data, path):
    try:
        opened = zipfile.ZipFile(data)
    except zipfile.BadZipFile:
        print(f"not an archive: {path}", file=sys.stderr)
        return
    with opened:
        for info in opened.infolist():
            name = info.filename
            if name.endswith("/pom.properties"):
                found = properties(opened.read(info).decode("utf-8", "replace"))
                named = [found.get(key, "") for key in ("groupId", "artifactId", "version")]
                if all(named) and not any("${" in text for text in named):
                    yield (*named, path)
            elif name.lower().endswith(ARCHIVES):
                yield from archive(io.BytesIO(opened.read(info)), f"{path}:{name}")


def main():
    root = sys.argv[1]
    found = []
    for directory, _, names in os.walk(root):
        for name in names:
            path = os.path.join(directory, name)
            if name.lower().endswith(ARCHIVES) and not os.path.islink(path):
                found += archive(path, "/" + os.path.relpath(path, root))
    for line in sorted(found):
        print("\t".join(line))


if __name__ == "__main__":
    main()
