#!/usr/bin/env python3
"""Makes testdata/tuf: TUF repositories by python-tuf, and what python-tuf's own client says of them.

    python3 -m venv venv && venv/bin/pip install 'tuf==7.0.1' cryptography
    venv/bin/python scripts/tuf/make.py testdata/tuf

Each case is a directory:
    root.json       the root that the client is given
    1/, 2/, ..      what a mirror serves, one after the other, to a client that keeps its cache
    case.json       when each is asked, and the answer: "ok", or the name of python-tuf's exception
Keys are thrown away. Metadata is valid around 2030, so the time of a test is an argument, not the clock.
"""

import contextlib
import copy
import datetime
import functools
import http.server
import json
import pathlib
import shutil
import sys
import tempfile
import threading

from securesystemslib.signer import CryptoSigner
from tuf.api import exceptions
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer
from tuf.ngclient import Updater, UpdaterConfig

UTC = datetime.timezone.utc
NOW = datetime.datetime(2030, 1, 10, tzinfo=UTC)
TARGET = "trusted_root.json"
TESTDATA = pathlib.Path(__file__).parent.parent.parent / "testdata"
CONTENT = TESTDATA / "trusted-root/rekor-p256.json"


def day(number):
    return datetime.datetime(2030, 1, 1, tzinfo=UTC) + datetime.timedelta(days=number - 1)


class Repository:
    """A repository whose every part can be changed before it is written."""

    def __init__(self, consistent=True, threshold=2, content=CONTENT):
        self.signers = {role: [CryptoSigner.generate_ecdsa()] for role in ("timestamp", "snapshot")}
        self.signers["root"] = [CryptoSigner.generate_ecdsa() for _ in range(3)]
        self.signers["targets"] = [CryptoSigner.generate_ecdsa() for _ in range(2)]
        self.root = Root(expires=day(300), consistent_snapshot=consistent)
        for role, signers in self.signers.items():
            for signer in signers:
                self.root.add_key(signer.public_key, role)
        self.root.roles["root"].threshold = threshold
        self.root.roles["targets"].threshold = 2
        self.content = content.read_bytes()
        self.targets = Targets(expires=day(200))
        self.targets.targets[TARGET] = TargetFile.from_data(TARGET, self.content, ["sha256"])
        self.snapshot = Snapshot(expires=day(100))
        self.timestamp = Timestamp(expires=day(20))
        self.delegated = {}
        self.roots = {}
        self.publish_root()

    def publish_root(self, signers=None):
        self.roots[self.root.version] = self.sign(self.root, signers or self.signers["root"])

    def sign(self, signed, signers):
        metadata = Metadata(copy.deepcopy(signed))
        for signer in signers:
            metadata.sign(signer, append=True)
        return metadata

    def next_root(self, change=None, signers=None):
        """The next version; old and new signers sign unless told otherwise."""
        old = list(self.signers["root"])
        self.root.version += 1
        if change:
            change(self)
        both = old + [one for one in self.signers["root"] if one not in old]
        self.publish_root(both if signers is None else signers)

    def rotate(self, role):
        for signer in self.signers[role]:
            self.root.revoke_key(signer.public_key.keyid, role)
        self.signers[role] = [CryptoSigner.generate_ecdsa() for _ in self.signers[role]]
        for signer in self.signers[role]:
            self.root.add_key(signer.public_key, role)

    def bump(self):
        """A new version of everything below the root."""
        self.targets.version += 1
        self.snapshot.version += 1
        self.timestamp.version += 1

    def files(self):
        """Name to bytes, pins brought up to date."""
        serializer = JSONSerializer(compact=True)
        files = {f"{version}.root.json": meta.to_bytes(serializer) for version, meta in self.roots.items()}
        consistent = self.root.consistent_snapshot
        targets = self.sign(self.targets, self.signers["targets"]).to_bytes(serializer)
        self.snapshot.meta["targets.json"] = pin(self.targets.version, targets)
        for name, (role, signers) in self.delegated.items():
            data = self.sign(role, signers).to_bytes(serializer)
            self.snapshot.meta[f"{name}.json"] = pin(role.version, data)
            files[f"{role.version}.{name}.json" if consistent else f"{name}.json"] = data
        snapshot = self.sign(self.snapshot, self.signers["snapshot"]).to_bytes(serializer)
        self.timestamp.snapshot_meta = pin(self.snapshot.version, snapshot)
        files["timestamp.json"] = self.sign(self.timestamp, self.signers["timestamp"]).to_bytes(serializer)
        prefix = lambda version: f"{version}." if consistent else ""
        files[f"{prefix(self.targets.version)}targets.json"] = targets
        files[f"{prefix(self.snapshot.version)}snapshot.json"] = snapshot
        info = TargetFile.from_data(TARGET, self.content, ["sha256"])
        hash_prefix = f"{info.hashes['sha256']}." if consistent else ""
        files[f"targets/{hash_prefix}{TARGET}"] = self.content
        return files


def pin(version, data):
    info = TargetFile.from_data("x", data, ["sha256"])
    return MetaFile(version, info.length, info.hashes)


class Case:
    def __init__(self, out, name):
        self.path, self.name, self.steps = out / name, name, []
        self.root = None

    def start(self, repository):
        self.root = repository.roots[repository.root.version].to_bytes(JSONSerializer(compact=True))
        return self

    def step(self, files, at=NOW):
        self.steps.append((dict(files), at))
        return self

    def write(self):
        self.path.mkdir(parents=True)
        (self.path / "root.json").write_bytes(self.root)
        answers = []
        with tempfile.TemporaryDirectory() as cache:
            for number, (files, at) in enumerate(self.steps, 1):
                served = self.path / str(number)
                for name, data in files.items():
                    (served / name).parent.mkdir(parents=True, exist_ok=True)
                    (served / name).write_bytes(data)
                answers.append({"at": at.isoformat().replace("+00:00", "Z"), "answer": judge(served, self.root, cache, at)})
        (self.path / "case.json").write_text(json.dumps({"steps": answers}, indent=2) + "\n")
        print(self.name, [one["answer"] for one in answers])


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serve(directory):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(directory)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def judge(served, root, cache, at):
    """What python-tuf's client says."""
    cache = pathlib.Path(cache)
    (cache / "targets").mkdir(exist_ok=True)
    with serve(served) as url:
        try:
            updater = Updater(str(cache), f"{url}/", str(cache / "targets"), f"{url}/targets/", bootstrap=root,
                              config=UpdaterConfig(max_delegations=32))
            updater._trusted_set.reference_time = at
            updater.refresh()
            info = updater.get_targetinfo(TARGET)
            if info is None:
                return "NoTarget"
            path = updater.find_cached_target(info) or updater.download_target(info)
            assert pathlib.Path(path).read_bytes()
            return "ok"
        except exceptions.RepositoryError as error:
            return type(error).__name__
        except exceptions.DownloadError as error:
            return type(error).__name__


def main(out):
    if out.exists():
        for child in out.iterdir():
            if child.is_dir():
                shutil.rmtree(child)
    case = lambda name: Case(out, name)

    # -- good
    repo = Repository()
    case("good").start(repo).step(repo.files()).write()

    # One whose trusted root verifies what is in testdata/interop.
    repo = Repository(content=TESTDATA / "interop/trusted_root.json")
    case("good-interop").start(repo).step(repo.files()).write()

    repo = Repository(consistent=False)
    case("good-not-consistent").start(repo).step(repo.files()).write()

    repo = Repository()
    one = case("good-rotated-twice").start(repo).step(repo.files())
    repo.next_root(lambda r: r.rotate("root"))
    repo.next_root(lambda r: (r.rotate("root"), r.rotate("targets")))
    repo.bump()
    one.step(repo.files()).write()

    repo = Repository()
    first = repo.files()
    one = case("good-unchanged").start(repo).step(first).step(first).write()

    repo = Repository()
    repo.root.expires = day(5)
    repo.publish_root()
    one = case("good-first-root-expired").start(repo)
    repo.next_root(lambda r: setattr(r.root, "expires", day(300)))
    one.step(repo.files()).write()

    repo = Repository()
    signer = CryptoSigner.generate_ecdsa()
    inner = Targets(expires=day(200))
    inner.targets[TARGET] = repo.targets.targets.pop(TARGET)
    role = DelegatedRole("instance", [signer.public_key.keyid], 1, True, paths=["*.json"])
    repo.targets.delegations = Delegations({signer.public_key.keyid: signer.public_key}, {"instance": role})
    repo.delegated["instance"] = (inner, [signer])
    case("good-delegated").start(repo).step(repo.files()).write()

    # By a key that the delegation does not name.
    repo.delegated["instance"] = (inner, [CryptoSigner.generate_ecdsa()])
    case("delegated-wrong-key_fail").start(repo).step(repo.files()).write()

    # -- rollback
    for role in ("timestamp", "snapshot", "targets"):
        repo = Repository()
        repo.bump()
        one = case(f"{role}-rollback_fail").start(repo).step(repo.files())
        if role == "timestamp":
            repo.timestamp.version -= 1
        elif role == "snapshot":
            repo.timestamp.version += 1
            repo.snapshot.version -= 1
        else:
            repo.timestamp.version += 1
            repo.snapshot.version += 1
            repo.targets.version -= 1
        one.step(repo.files()).write()

    # -- expiry
    for role in ("timestamp", "snapshot", "targets", "root"):
        repo = Repository()
        getattr(repo, role).expires = day(9)
        repo.publish_root()
        case(f"{role}-expired_fail").start(repo).step(repo.files()).write()

    repo = Repository()
    repo.timestamp.expires = NOW
    case("timestamp-expires-now_fail").start(repo).step(repo.files()).write()

    # The same answer, replayed after it has expired.
    repo = Repository()
    files = repo.files()
    case("freeze_fail").start(repo).step(files).step(files, day(25)).write()

    # -- signatures
    repo = Repository()
    one = case("root-threshold_fail").start(repo)
    repo.next_root(signers=repo.signers["root"][:1])
    one.step(repo.files()).write()

    # By the new keys only: whoever serves the mirror could do that.
    repo = Repository()
    one = case("root-not-by-old_fail").start(repo)
    repo.root.version += 1
    repo.rotate("root")
    repo.publish_root()
    one.step(repo.files()).write()

    # By the old keys only.
    repo = Repository()
    one = case("root-not-by-new_fail").start(repo)
    old = list(repo.signers["root"])
    repo.root.version += 1
    repo.rotate("root")
    repo.publish_root(old)
    one.step(repo.files()).write()

    repo = Repository()
    one = case("root-skips-version_fail").start(repo)
    repo.root.version += 2
    repo.publish_root()
    files = repo.files()
    files["2.root.json"] = files.pop("3.root.json")
    one.step(files).write()

    repo = Repository()
    one = case("root-same-version_fail").start(repo)
    files = repo.files()
    files["2.root.json"] = files["1.root.json"]
    one.step(files).write()

    repo = Repository()
    repo.signers["targets"] = repo.signers["targets"][:1]
    case("targets-threshold_fail").start(repo).step(repo.files()).write()

    # One key twice is one signature.
    repo = Repository()
    only = repo.signers["targets"][0]
    files = repo.files()
    document = json.loads(files["1.targets.json"])
    document["signatures"] = [s for s in document["signatures"] if s["keyid"] == only.public_key.keyid] * 2
    files["1.targets.json"] = json.dumps(document).encode()
    serializer = JSONSerializer(compact=True)
    repo.snapshot.meta["targets.json"] = pin(1, files["1.targets.json"])
    files["1.snapshot.json"] = repo.sign(repo.snapshot, repo.signers["snapshot"]).to_bytes(serializer)
    repo.timestamp.snapshot_meta = pin(1, files["1.snapshot.json"])
    files["timestamp.json"] = repo.sign(repo.timestamp, repo.signers["timestamp"]).to_bytes(serializer)
    case("targets-same-key-twice_fail").start(repo).step(files).write()

    for role in ("timestamp", "snapshot", "targets"):
        repo = Repository()
        repo.signers[role] = [CryptoSigner.generate_ecdsa() for _ in repo.signers[role]]
        case(f"{role}-wrong-key_fail").start(repo).step(repo.files()).write()

    repo = Repository()
    files = repo.files()
    files["timestamp.json"] = files["timestamp.json"].replace(b"2030-01-20", b"2031-01-20")
    case("timestamp-changed_fail").start(repo).step(files).write()

    # -- fast forward: the stolen timestamp key signs a version that nobody will ever reach
    repo = Repository()
    one = case("fast-forward_fail").start(repo).step(repo.files())
    repo.timestamp.version = 2**31
    one.step(repo.files())
    repo.timestamp.version = 2
    one.step(repo.files()).write()

    repo = Repository()
    one = case("good-fast-forward-recovered").start(repo).step(repo.files())
    repo.timestamp.version, repo.snapshot.version = 2**31, 2**31
    one.step(repo.files())
    repo.timestamp.version, repo.snapshot.version = 2, 2
    repo.next_root(lambda r: (r.rotate("timestamp"), r.rotate("snapshot")))
    one.step(repo.files()).write()

    # -- mix and match: parts of two good states
    repo = Repository()
    first = repo.files()
    repo.bump()
    second = repo.files()
    mixed = dict(second)
    mixed["2.snapshot.json"] = first["1.snapshot.json"]
    case("mix-snapshot_fail").start(repo).step(mixed).write()
    mixed = dict(second)
    mixed["2.targets.json"] = first["1.targets.json"]
    case("mix-targets_fail").start(repo).step(mixed).write()

    # A snapshot that forgets what an earlier one had.
    repo = Repository()
    repo.delegated["other"] = (Targets(expires=day(200)), [CryptoSigner.generate_ecdsa()])
    one = case("snapshot-forgets_fail").start(repo).step(repo.files())
    repo.delegated.clear()
    repo.snapshot.meta.pop("other.json")
    repo.bump()
    one.step(repo.files()).write()

    # -- target
    target = lambda files: next(name for name in files if name.startswith("targets/"))
    for name, change in (
        ("target-hash_fail", lambda data: data.replace(b"0", b"1")),
        ("target-short_fail", lambda data: data[:-1]),
        ("target-long_fail", lambda data: data + b"\n"),
    ):
        repo = Repository()
        files = repo.files()
        files[target(files)] = change(files[target(files)])
        case(name).start(repo).step(files).write()

    repo = Repository()
    files = repo.files()
    files.pop(target(files))
    case("target-missing_fail").start(repo).step(files).write()

    repo = Repository()
    repo.targets.targets.clear()
    case("target-not-listed_fail").start(repo).step(repo.files()).write()

    # The name that a file goes by on the mirror begins with its hash, which is text like any other.
    repo = Repository()
    repo.targets.targets[TARGET].hashes = {"sha256": "../../../outside/x"}
    case("target-traversal_fail").start(repo).step(repo.files()).write()

    for name in ("timestamp.json", "1.snapshot.json", "1.targets.json"):
        repo = Repository()
        files = repo.files()
        files.pop(name)
        label = name.removeprefix("1.").removesuffix(".json")
        case(f"{label}-missing_fail").start(repo).step(files).write()

    repo = Repository()
    files = repo.files()
    files["timestamp.json"] = b"<html>captive portal</html>"
    case("timestamp-not-json_fail").start(repo).step(files).write()

    # Longer than the client reads (16384 bytes of timestamp).
    repo = Repository()
    repo.timestamp.unrecognized_fields["padding"] = "x" * 17000
    case("timestamp-long_fail").start(repo).step(repo.files()).write()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
