#!/usr/bin/env python3
"""truth_python.py ROOTFS: the Python distributions in a root file system and which needs which.

Prints `package NAME VERSION` and `edge NAME@VERSION NAME@VERSION`, sorted. Independent of portcullis:
metadata is read by importlib.metadata, requirements and markers by packaging (`pip install packaging`).

A distribution needs another if a `Requires-Dist` names it whose marker holds for the interpreter of its
environment; `extra` holds if some requirement that holds asks for that extra. Each distribution sees those
of its own directory first, then those of the other directories of its interpreter.
"""

import importlib.metadata
import os
import pathlib
import re
import sys

from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def distributions(root):
    for directory, names, files in os.walk(root):
        for name in names:
            if name.endswith(".dist-info") and os.path.exists(f"{directory}/{name}/METADATA"):
                yield directory, pathlib.Path(directory, name)
            if name.endswith(".egg-info") and os.path.exists(f"{directory}/{name}/PKG-INFO"):
                yield directory, pathlib.Path(directory, name)
        for name in files:
            if name.endswith(".egg-info"):
                yield directory, pathlib.Path(directory, name)


def interpreter(root, directory):
    """The prefix and the versions `3.11` and `3.11.2` of what uses a directory."""
    relative = os.path.relpath(directory, root)
    match = re.fullmatch(r"(.*?)/?lib(?:64)?/python([\d.]+)/(?:site|dist)-packages", relative)
    if not match:
        return relative, default_minor(root), full(root, default_minor(root)), False
    prefix, version = match.groups()
    configuration = pathlib.Path(root, prefix, "pyvenv.cfg")
    if configuration.exists():
        values = dict(re.findall(r"^(\S+)\s*=\s*(.*?)\s*$", configuration.read_text(), re.M))
        number = re.match(r"[\d.]*\d", values.get("version") or values.get("version_info")).group()
        return prefix, version, number, values.get("include-system-site-packages") == "true"
    minor = version if "." in version else default_minor(root)
    if prefix == "usr/local" and not os.path.lexists(f"{root}/usr/local/bin/python{version}"):
        prefix = "usr"
    return prefix, version, full(root, minor), False


def default_minor(root):
    link = pathlib.Path(root, "usr/bin/python3")
    return re.search(r"3\.\d+", os.readlink(link)).group() if link.is_symlink() else "3.11"


def full(root, minor):
    status = pathlib.Path(root, "var/lib/dpkg/status")
    if status.exists():
        for stanza in status.read_text(errors="replace").split("\n\n"):
            if re.search(rf"^Package: libpython{re.escape(minor)}-minimal$", stanza, re.M):
                return re.search(r"^Version: ([\d.]+)", stanza, re.M).group(1)
    return f"{minor}.99"


def main(root):
    found = []
    for directory, path in distributions(root):
        distribution = importlib.metadata.PathDistribution(path)
        metadata = distribution.metadata
        if path.is_file():
            metadata = __import__("email").message_from_string(path.read_text(errors="replace"))
        requires = [] if path.is_file() else distribution.requires or []
        name, version = canonicalize_name(metadata["Name"]), metadata["Version"]
        found.append((name, version, directory, interpreter(root, directory), requires))

    def visible(of, other):
        if of[2] == other[2]:
            return True
        (prefix, version, _, system), (other_prefix, other_version, _, _) = of[3], other[3]
        versions = version == other_version or "." not in version or "." not in other_version
        return versions and (prefix == other_prefix or system and other_prefix == "usr")

    def find(of, name):
        candidates = [d for d in found if d[0] == name and visible(of, d)]
        return min(candidates, key=lambda d: d[2] != of[2], default=None)

    extras = {id(d): set() for d in found}
    edges = set()
    changed = True
    while changed:
        changed = False
        for d in found:
            environment = default_environment() | {
                "implementation_name": "cpython",
                "implementation_version": d[3][2],
                "os_name": "posix",
                "platform_machine": "x86_64",
                "platform_python_implementation": "CPython",
                "platform_release": "",
                "platform_system": "Linux",
                "platform_version": "",
                "python_full_version": d[3][2],
                "python_version": ".".join(d[3][2].split(".")[:2]),
                "sys_platform": "linux",
            }
            for text in d[4]:
                try:
                    requirement = Requirement(text)
                except InvalidRequirement:
                    print(f"not read: {d[0]}: {text}", file=sys.stderr)
                    continue
                marker = requirement.marker
                if marker and not any(
                    marker.evaluate(environment | {"extra": extra}) for extra in {"", *extras[id(d)]}
                ):
                    continue
                needed = find(d, canonicalize_name(requirement.name))
                if needed is None:
                    continue
                if needed is not d:
                    edges.add((f"{d[0]}@{d[1]}", f"{needed[0]}@{needed[1]}"))
                if not requirement.extras <= extras[id(needed)]:
                    extras[id(needed)] |= requirement.extras
                    changed = True
    for name, version in sorted({(d[0], d[1]) for d in found}):
        print("package", name, version)
    for source, target in sorted(edges):
        print("edge", source, target)


if __name__ == "__main__":
    main(sys.argv[1])
