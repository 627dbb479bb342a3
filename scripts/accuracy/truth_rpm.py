#!/usr/bin/env python3
"""Ground truth of rpm packages: what the real rpm says is installed below a root, and what of it provides what others
require. Only databases that the rpm of this machine can read.

    truth_rpm.py ROOTFS

prints `package NAME VERSION ARCH` and `edge NAME@VERSION NAME@VERSION` lines, sorted.
"""

import collections
import pathlib
import shutil
import subprocess
import sys
import tempfile

PLACES = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
VERSION = "%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}"


def main(root):
    places = [pathlib.Path(root) / place for place in PLACES]
    source = next(place for place in places if place.is_dir() and not place.is_symlink())
    with tempfile.TemporaryDirectory() as directory:
        # rpm writes into what it reads.
        shutil.copytree(source, directory, dirs_exist_ok=True)

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
