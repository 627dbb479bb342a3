#!/usr/bin/env python3
"""Ground truth of Go programs: the modules in the build information of each ELF file below a root. Independent of
portcullis: binutils find the section `.go.buildinfo` and the segments, and it is read as `debug/buildinfo` describes.

    truth_go.py ROOTFS

prints `package PATH VERSION` lines, sorted. A module that is replaced by another is that other; one replaced by a
directory keeps its name. A module without a version has `(devel)`, and so has the main package of a program that was
built without modules. Go itself is `stdlib`.
"""

import os
import re
import subprocess
import sys

MAGIC = b"\xff Go buildinf:"


def elf_files(root):
    for directory, _, names in os.walk(root):
        for name in names:
            path = os.path.join(directory, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    if file.read(4) == b"\x7fELF":
                        yield path


def readelf(option, path):
    return subprocess.run(["readelf", "-W", option, path], capture_output=True, text=True).stdout


class Program:
    def __init__(self, path):
        self.file = open(path, "rb")
        pattern = r"^\s*LOAD\s+(0x\w+)\s+(0x\w+)\s+0x\w+\s+(0x\w+)"
        self.segments = [[int(n, 16) for n in row] for row in re.findall(pattern, readelf("-l", path), re.M)]

    def at(self, address, length):
        for offset, start, size in self.segments:
            if start <= address < start + size:
                self.file.seek(offset + address - start)
                return self.file.read(length)
        return b""

    def string(self, address, size, order):
        """A Go string header: where the text lies, and its length."""
        header = self.at(address, 2 * size)
        text = int.from_bytes(header[:size], order)
        return self.at(text, int.from_bytes(header[size:], order))


def varint(data):
    value = shift = used = 0
    for byte in data:
        used += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    return value, used


def build_information(path):
    match = re.search(r"\]\s+\.go\.buildinfo\s+\S+\s+(\w+)\s+(\w+)\s+(\w+)", readelf("-S", path))
    if not match:
        return None
    address, offset, length = (int(number, 16) for number in match.groups())
    program = Program(path)
    program.file.seek(offset)
    data = program.file.read(length)
    data = data[data.index(MAGIC):]
    size, flags = data[14], data[15]
    if flags & 2:
        count, used = varint(data[32:])
        start = 32 + used
        version, data = data[start:start + count], data[start + count:]
        count, used = varint(data)
        return version.decode(), data[used:used + count]
    order = "big" if flags & 1 else "little"
    pointers = [int.from_bytes(data[16 + place * size:][:size], order) for place in (0, 1)]
    version, modules = (program.string(pointer, size, order) for pointer in pointers)
    return version.decode(), modules


def modules(text):
    # 16 bytes of a mark stand before and behind it.
    lines = [line.split("\t") for line in text[16:-16].decode().splitlines()]
    found = []
    if not any(line[0] == "mod" for line in lines):
        found = [line[1:] for line in lines if line[0] == "path"]
    for kind, *fields in lines:
        if kind in ("mod", "dep"):
            found.append(fields)
        elif kind == "=>" and not re.match(r"[./\\]|[A-Za-z]:", fields[0]):
            found[-1] = fields
    return [(fields[0], fields[1] if len(fields) > 1 and fields[1] else "(devel)") for fields in found]


def main(root):
    lines = set()
    for path in elf_files(root):
        information = build_information(path)
        if information is None:
            continue
        version, text = information
        if version:
            lines.add(f"package stdlib {version.split(' ')[0]}")
        lines.update(f"package {name} {number}" for name, number in modules(text))
    print("\n".join(sorted(lines)))


if __name__ == "__main__":
    main(sys.argv[1])
