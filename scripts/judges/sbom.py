#!/usr/bin/env python3
"""Lets other people's programs judge the documents that portcullis writes of test images.

    sbom.py IMAGES OUT [NAME...]

IMAGES is a directory of OCI layouts; OUT gets the documents, `none/NAME.*` without files and `owned/NAME.*` with those
that packages own, a log of each judgement, and `table.md`, which is printed too. In a cell is the number of faults;
`-` where a judge was not asked, since it would take hours for a document of that size (see `LIMITS`), and `failed`
where it gave no answer. Below that is a summary, which docs/sbom-accuracy.md has. Exits with 1 if any fault was found.

    PORTCULLIS            the program, default `portcullis`
    PORTCULLIS_FILES      which documents, default `none owned`
    PORTCULLIS_VECTORS    directory with `spdx/schemas`: the published schemas of SPDX

Judges: on the PATH `syft`, `trivy` (0.44 reads CycloneDX up to 1.4) and, of the Python that runs this,
`pip install spdx-tools ntia-conformance-checker spdx3-validate jsonschema-rs`.
`cargo test --lib spdx_rs -- --ignored` with PORTCULLIS_DOCUMENTS=OUT asks spdx-rs.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import jsonschema_rs

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = pathlib.Path(sys.executable).parent
SCHEMAS = pathlib.Path(os.environ.get("PORTCULLIS_VECTORS", HERE / "../../../shared/vectors")) / "spdx/schemas"
CYCLONEDX = HERE / "../../testdata/schemas/cyclonedx"

FORMATS = {
    "spdx.json": "spdx-json", "spdx22.json": "spdx-json@2.2", "spdx": "spdx", "spdx3.json": "spdx-json@3.0",
    "cdx.json": "cyclonedx-json", "cdx14.json": "cyclonedx-json@1.4", "syft.json": "syft-json",
}

# Megabytes of a document above which a judge is not asked: pyspdxtools takes 20 s for each, SHACL a minute.
LIMITS = {"pyspdxtools": 3, "ntia": 3, "shacl": 1}


def write_documents(image, files, out):
    command = [os.environ.get("PORTCULLIS", "portcullis"), "sbom", "--offline", "--files", files, f"oci-dir:{image}"]
    for suffix, form in FORMATS.items():
        command += ["-o", f"{form}={out / image.name}.{suffix}"]
    subprocess.run(command, check=True, env=os.environ | {"SOURCE_DATE_EPOCH": "1767225600"})


def schemas():
    """Validators, by the suffix of what they judge."""
    def of(path, registry=None):
        return jsonschema_rs.validator_for(json.loads(path.read_text()), registry=registry)

    parts = {name: json.loads((CYCLONEDX / f"{name}.schema.json").read_text()) for name in ("spdx", "jsf-0.82")}
    registry = jsonschema_rs.Registry([(part["$id"], part) for part in parts.values()])
    cyclonedx = [of(CYCLONEDX / "bom-1.6.schema.json", registry)]
    flavours = ("2.3", "2.3.1", "2.3.tools-java")
    return {
        "spdx.json": [of(SCHEMAS / f"spdx-{name}.schema.json") for name in flavours],
        "spdx22.json": [of(SCHEMAS / "spdx-2.2.2.schema.json")],
        "spdx3.json": [of(SCHEMAS / "spdx-3.0.1.schema.json")],
        "cdx.json": cyclonedx,
    }


def schema_faults(validators, document, suffix, log):
    faults = []
    for validator in validators:
        if suffix == "spdx3.json":
            # Listing the errors under this schema takes gigabytes.
            faults += [] if validator.is_valid(document) else ["not valid"]
        else:
            faults += [f"{list(error.instance_path)}: {error.message[:300]}" for error in validator.iter_errors(document)]
    log.write("".join(f"{fault}\n" for fault in faults))
    return len(faults)


def run(command, log, **options):
    log.write(f"$ {' '.join(map(str, command))}\n")
    # A judge that needs more than this is beside itself.
    command = ["prlimit", "--as=16000000000", "timeout", "900", *map(str, command)]
    done = subprocess.run(command, capture_output=True, text=True, **options)
    log.write(done.stderr)
    return done


def pyspdxtools(path, log):
    done = run([PYTHON / "pyspdxtools", "-i", path], log)
    found = len(re.findall(r"^.*full_element=|^ValidationMessage|^- |validation_message", done.stderr, re.M))
    return max(found, 1) if done.returncode else 0


def ntia(path, spec, log):
    report = path.with_name(path.name + ".ntia.json")
    run([PYTHON / "ntia-checker", "-q", "-k", "-c", "ntia", "-s", spec, "-r", "json", "-o", report, path], log)
    if not report.exists():
        return "failed"
    verdict = json.loads(report.read_text())
    log.write(json.dumps(verdict, indent=1))
    return "conformant" if verdict["isNtiaConformant"] else "NOT conformant"


def shacl(path, log):
    done = run([sys.executable, HERE / "spdx3.py", SCHEMAS, path], log)
    log.write(done.stdout)
    if done.stderr:
        return "failed"
    return done.stdout.count("Violation of type")


def packages(artifacts):
    # A reader may keep one of two packages that are alike, and knows the type from the package URL, if there is one.
    return {(one["name"], one["version"]) for one in artifacts}


def syft(path, own, log):
    """How many of the packages that the document in syft's own format has syft does not find in this one."""
    done = run(["syft", "convert", path, "-o", "syft-json", "-q"], log,
               env=os.environ | {"SYFT_CHECK_FOR_APP_UPDATE": "false"})
    if done.returncode:
        return "failed"
    missing = own - packages(json.loads(done.stdout)["artifacts"])
    log.write("".join(f"not read: {one}\n" for one in sorted(missing)))
    return len(missing)


# What trivy scans for, by the types of package URLs.
TRIVY = {"alpm", "apk", "cargo", "composer", "deb", "gem", "golang", "maven", "npm", "nuget", "pypi", "rpm"}


def trivy(path, out, document, log):
    """How many of the document's packages trivy does not take."""
    cache = out / "trivy/db"
    cache.mkdir(parents=True, exist_ok=True)
    # An empty database that never ages: what it would say of vulnerabilities is not asked.
    dates = {"Version": 2, "NextUpdate": "2099-01-01T00:00:00Z", "UpdatedAt": "2026-01-01T00:00:00Z"}
    (cache / "metadata.json").write_text(json.dumps(dates))
    done = run(["trivy", "--cache-dir", out / "trivy", "sbom", "--offline-scan", "--skip-db-update",
                "--skip-java-db-update", "--format", "json", "--list-all-pkgs", path], log)
    if done.returncode:
        return "failed"
    taken = [one for result in json.loads(done.stdout).get("Results", []) for one in result.get("Packages", [])]
    names = {re.split(r"[/:]", one["Name"].lower())[-1] for one in taken}
    missing = {one["purl"] for one in document["components"]
               if one.get("purl", "pkg:/").split(":")[1].split("/")[0] in TRIVY and one.get("version")
               and re.split(r"[/:]", one["name"].lower())[-1] not in names}
    log.write("".join(f"not taken: {one}\n" for one in sorted(missing)))
    return len(missing)


def judge(name, files, out, validators):
    """The cells of one row, by column."""
    def document(suffix):
        return out / files / f"{name}.{suffix}"

    def asked(judge, suffix):
        return document(suffix).stat().st_size < LIMITS[judge] * 1_000_000

    cells = {}
    with open(out / files / f"{name}.log", "w") as log:
        parsed = {suffix: json.loads(document(suffix).read_text()) for suffix in ("cdx.json", "syft.json")}
        for suffix in validators:
            content = parsed.get(suffix) or json.loads(document(suffix).read_text())
            cells[f"schema {suffix}"] = schema_faults(validators[suffix], content, suffix, log)
        for suffix in ("spdx.json", "spdx22.json", "spdx"):
            cells[f"pyspdxtools {suffix}"] = pyspdxtools(document(suffix), log) if asked("pyspdxtools", suffix) else "-"
        cells["ntia spdx.json"] = ntia(document("spdx.json"), "spdx2", log) if asked("ntia", "spdx.json") else "-"
        cells["ntia spdx3.json"] = ntia(document("spdx3.json"), "spdx3", log) if asked("shacl", "spdx3.json") else "-"
        cells["SHACL spdx3.json"] = shacl(document("spdx3.json"), log) if asked("shacl", "spdx3.json") else "-"
        own = packages(parsed["syft.json"]["artifacts"])
        for suffix in ("spdx.json", "spdx22.json", "spdx", "cdx.json", "syft.json"):
            cells[f"syft {suffix}"] = syft(document(suffix), own, log)
        cells["trivy cdx14.json"] = trivy(document("cdx14.json"), out, parsed["cdx.json"], log)
    return cells


def summary(judged):
    """For each judge and form of document: how many were judged, and how many faults were found."""
    rows = ["| judge | document | documents judged | with faults |", "|---|---|---|---|"]
    for column in judged[0]:
        judge, _, suffix = column.partition(" ")
        asked = [cells[column] for cells in judged if cells[column] != "-"]
        faulty = sum(cell not in (0, "conformant") for cell in asked)
        rows.append(f"| {judge} | {FORMATS[suffix]} | {len(asked)} | {faulty} |")
    return rows


def main():
    images, out = map(pathlib.Path, sys.argv[1:3])
    names = sys.argv[3:] or sorted(path.parent.name for path in images.glob("*/index.json"))
    validators, rows, judged = schemas(), [], []
    for name in names:
        for files in os.environ.get("PORTCULLIS_FILES", "none owned").split():
            (out / files).mkdir(parents=True, exist_ok=True)
            write_documents(images / name, files, out / files)
            cells = judge(name, files, out, validators)
            judged.append(cells)
            if not rows:
                rows += ["| image | files | " + " | ".join(cells) + " |", "|---|---|" + "---|" * len(cells)]
            rows.append(f"| {name} | {files} | " + " | ".join(map(str, cells.values())) + " |")
            print(rows[-1], file=sys.stderr, flush=True)
    rows += ["", *summary(judged)]
    (out / "table.md").write_text("\n".join(rows) + "\n")
    print("\n".join(rows))
    sys.exit(any(cell not in (0, "-", "conformant") for cells in judged for cell in cells.values()))


main()
