#!/usr/bin/env python3
"""Ground truth of Alpine's packages: what apk's own database says is installed below a root, and what of it provides
what others need.

    truth_apk.py ROOTFS

prints `package NAME VERSION ARCH` and `edge NAME@VERSION NAME@VERSION` lines, sorted. Versions that a dependency asks
for are not compared: apk has installed nothing that breaks them.
"""

import pathlib
import re
import sys

PLACES = ("lib/apk/db/installed", "usr/lib/apk/db/installed")


def stanzas(text):
    for block in re.split(r"\n\n+", text):
        # Directories and files follow, whose letters mean other things.
        head = re.split(r"^F:", block, maxsplit=1, flags=re.M)[0]
        fields = dict(line.split(":", 1) for line in head.splitlines() if line[1:2] == ":")
        if "P" in fields:
            yield fields


def names(field):
    return [re.split(r"[<>=~]", word)[0] for word in field.split() if not word.startswith("!")]


def main(root):
    databases = [path for path in (pathlib.Path(root) / place for place in PLACES) if path.is_file()]
    packages = [fields for path in databases for fields in stanzas(path.read_text(errors="replace"))]
    label = lambda fields: f"{fields['P']}@{fields['V']}"
    provided = {}
    for fields in packages:
        for name in [fields["P"], *names(fields.get("p", ""))]:
            provided.setdefault(name, set()).add(label(fields))
    lines = {f"package {fields['P']} {fields['V']} {fields['A']}" for fields in packages}
    for fields in packages:
        for name in names(fields.get("D", "")):
            lines |= {f"edge {label(fields)} {other}" for other in provided.get(name, ()) if other != label(fields)}
    print("\n".join(sorted(lines)))


if __name__ == "__main__":
    main(sys.argv[1])
