#!/usr/bin/env python3
"""Ground truth of rpm packages: what the real rpm says is installed below a root, and what of it provides what others
require. A database of the kind `ndb`, which Debian's rpm cannot read, is first copied package for package into one of
the kind `sqlite`, whose indexes rpm then makes.

    truth_rpm.py ROOTFS

prints `package NAME VERSION ARCH` and `edge NAME@VERSION NAME@VERSION` lines, sorted.
"""

import collections
import pathlib
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile

PLACES = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
VERSION = "%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}"


def of_ndb(path):
    """The headers in a `Packages.db`: 4096 bytes a page of slots, and 16 bytes a block of a header."""
    data = path.read_bytes()
    magic, _, _, pages = struct.unpack_from("<4sIII", data)
    assert magic == b"RpmP"
    for place in range(32, pages * 4096, 16):
        magic, number, block, _ = struct.unpack_from("<4sIII", data, place)
        if magic == b"Slot" and number:
            magic, again, _, length = struct.unpack_from("<4sIII", data, block * 16)
            assert (magic, again) == (b"BlbS", number)
            yield number, data[block * 16 + 16:][:length]


def to_sqlite(directory):
    with sqlite3.connect(directory / "rpmdb.sqlite") as database:
        database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
        database.executemany("INSERT INTO Packages VALUES (?, ?)", of_ndb(directory / "Packages.db"))
    database.close()
    for name in ("Packages.db", "Index.db"):
        (directory / name).unlink(missing_ok=True)
    subprocess.run(["rpm", "--dbpath", directory, "--rebuilddb"], check=True)


def main(root):
    places = [pathlib.Path(root) / place for place in PLACES]
    source = next((place for place in places if place.is_dir() and not place.is_symlink()), None)
    if source is None:
        return
    with tempfile.TemporaryDirectory() as directory:
        # rpm writes into what it reads.
        shutil.copytree(source, directory, dirs_exist_ok=True)
        if (pathlib.Path(directory) / "Packages.db").exists():
            to_sqlite(pathlib.Path(directory))

        def query(*arguments):
            command = ["rpm", "--dbpath", directory, *arguments]
            return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()

        lines, requires = set(), collections.defaultdict(set)
        form = f"[P\t%{{=NAME}}\t{VERSION.replace('%{', '%{=')}\t%{{=ARCH}}\t%{{REQUIRENAME}}\n]P\t%{{NAME}}\t{VERSION}\t%{{ARCH}}\t\n"
        for line in query("-qa", "--qf", form):
            _, name, version, arch, wanted = line.split("\t")
            if name != "gpg-pubkey":
                lines.add(f"package {name} {version} {arch}")
                if wanted and not wanted.startswith("rpmlib("):
                    requires[wanted].add(f"{name}@{version}")
        for wanted, askers in requires.items():
            for provider in query("-q", "--whatprovides", wanted, "--qf", f"\t%{{NAME}}@{VERSION}\n"):
                if provider.startswith("\t"):
                    lines |= {f"edge {asker} {provider[1:]}" for asker in askers if asker != provider[1:]}
    print("\n".join(sorted(lines)))


if __name__ == "__main__":
    main(sys.argv[1])
