#!/usr/bin/env python3
"""Ground truth of Debian packages: what dpkg's own database says is installed below a root, and what of it depends
on what. Independent of portcullis: versions are compared by `dpkg --compare-versions`.

    truth_deb.py ROOTFS

prints `package NAME VERSION ARCH` and `edge NAME@VERSION NAME@VERSION` lines, sorted.
"""

import functools
import pathlib
import re
import subprocess
import sys


def stanzas(text):
    for block in re.split(r"\n\n+", text):
        fields, last = {}, None
        for line in block.split("\n"):
            if line[:1] in (" ", "\t") and last:
                fields[last] += "\n" + line
            elif ":" in line:
                last, value = line.split(":", 1)
                fields[last] = value.strip()
        if fields:
            yield fields


def installed(root):
    dpkg = pathlib.Path(root) / "var/lib/dpkg"
    status = dpkg / "status"
    if status.is_file():
        for fields in stanzas(status.read_text(errors="replace")):
            if fields.get("Status", "x").split()[-1] not in ("config-files", "not-installed"):
                yield fields
    for path in sorted((dpkg / "status.d").glob("*")):
        if not path.name.endswith(".md5sums"):
            yield from stanzas(path.read_text(errors="replace"))


@functools.cache
def compare(left, operator, right):
    return subprocess.run(["dpkg", "--compare-versions", left, operator, right]).returncode == 0


def alternatives(field):
    for clause in field.replace("|", ",").split(","):
        match = re.fullmatch(r"\s*([^\s:(]+)(?::(\S+?))?\s*(?:\(\s*([<>=]+)\s*(\S+?)\s*\))?\s*", clause)
        if match:
            yield match.groups()


def main(root):
    packages = list(installed(root))
    name = lambda fields: f"{fields['Package']}@{fields['Version']}"
    provided = {}
    for fields in packages:
        provided.setdefault(fields["Package"], []).append((fields, fields["Version"]))
        for virtual, _, _, version in alternatives(fields.get("Provides", "")):
            provided.setdefault(virtual, []).append((fields, version))
    native = next((f["Architecture"] for f in packages if f["Package"] == "dpkg"), None)

    def serves(candidate, wanted, asker):
        if wanted == "any" or (wanted is None and candidate.get("Multi-Arch") == "foreign"):
            return True
        real = lambda arch: native if arch in ("all", "native") else arch
        left, right = real(candidate["Architecture"]), real(wanted or asker["Architecture"])
        return left == right or None in (left, right)

    lines = {f"package {f['Package']} {f['Version']} {f['Architecture']}" for f in packages}
    for fields in packages:
        for field in ("Depends", "Pre-Depends"):
            for target, arch, operator, version in alternatives(fields.get(field, "")):
                operator = {"<": "<=", ">": ">="}.get(operator, operator)
                for candidate, has in provided.get(target, []):
                    if operator and not (has and compare(has, operator, version)):
                        continue
                    if candidate is not fields and serves(candidate, arch, fields):
                        lines.add(f"edge {name(fields)} {name(candidate)}")
    print("\n".join(sorted(lines)))


if __name__ == "__main__":
    main(sys.argv[1])
