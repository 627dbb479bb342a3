#!/usr/bin/env python3
"""Ground truth of Rust programs: the crates that `cargo auditable` listed in the section `.dep-v0` of each ELF file
below a root, and which of them need which. Independent of portcullis: binutils find the section, zlib inflates it.

    truth_rust.py ROOTFS

prints `package NAME VERSION` and `edge NAME@VERSION NAME@VERSION` lines, sorted. Crates that only helped to build
are left out, as they are not in the program.
"""

import json
import os
import subprocess
import sys
import tempfile
import zlib


def elf_files(root):
    for directory, _, names in os.walk(root):
        for name in names:
            path = os.path.join(directory, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    if file.read(4) == b"\x7fELF":
                        yield path


def section(path):
    headers = subprocess.run(["readelf", "-SW", path], capture_output=True, text=True).stdout
    if ".dep-v0" not in headers:
        return None
    with tempfile.NamedTemporaryFile() as copy:
        subprocess.run(["objcopy", "--dump-section", f".dep-v0={copy.name}", path, "/dev/null"], check=True)
        return copy.read()


def main(root):
    lines = set()
    for path in elf_files(root):
        content = section(path)
        if content is None:
            continue
        packages = json.loads(zlib.decompressobj().decompress(content))["packages"]
        kept = {place: entry for place, entry in enumerate(packages) if entry.get("kind", "runtime") == "runtime"}
        for entry in kept.values():
            name = f"{entry['name']}@{entry['version']}"
            lines.add(f"package {entry['name']} {entry['version']}")
            for place in entry.get("dependencies", []):
                if place in kept:
                    lines.add(f"edge {name} {kept[place]['name']}@{kept[place]['version']}")
    print("\n".join(sorted(lines)))


if __name__ == "__main__":
    main(sys.argv[1])
