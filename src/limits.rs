//! Every ceiling on what is read from outside, with the source of its number.
//!
//! A limit that is met is an error that names it, never a silent cut.

/// Bytes of one manifest or index.
///
/// The OCI distribution specification lets a registry stop at 4 MiB and asks clients to expect it.
pub const MANIFEST_BYTES: u64 = 4 << 20;

/// Bytes of one signature, attestation or bundle: cosign's `COSIGN_MAX_ATTACHMENT_SIZE` default,
/// the remediation for CVE-2024-29902.
pub const ATTACHMENT_BYTES: u64 = 128 << 20;

/// Bytes of one image configuration. The largest seen in public images is below 200 KiB.
pub const CONFIG_BYTES: u64 = 8 << 20;

/// Layers of one signature manifest: cosign's `maxLayers`, the remediation for CVE-2024-29903.
pub const LAYERS: usize = 1000;

/// Manifests that refer to one subject. The same number as [`LAYERS`], for the same reason.
pub const REFERRERS: usize = 1000;

/// Pages of one referrers answer.
pub const REFERRER_PAGES: usize = 100;

/// Entries of one image index. Real ones have below 100 (platforms times two, with attestations).
pub const INDEX_MANIFESTS: usize = 1000;

/// Blobs of one OCI layout that are looked at in search of referrers.
pub const LAYOUT_BLOBS: usize = 100_000;

/// Bytes read for all candidates of one image together, and for the manifests that hold them, whose
/// annotations are kept.
pub const EVIDENCE_BYTES: u64 = 512 << 20;

/// Candidates of one image together. Each is verified once for each thing that a policy asks for, in
/// milliseconds; one manifest may have [`LAYERS`], and an image has a few such.
pub const CANDIDATES: usize = 4 * LAYERS;

/// Bytes of one referrers answer, all pages together: four manifests of the greatest size, where a
/// thousand entries of real registries have half a megabyte.
pub const REFERRERS_BYTES: u64 = 4 * MANIFEST_BYTES;

/// Bytes of one sigstore bundle given as a file.
pub const BUNDLE_BYTES: u64 = ATTACHMENT_BYTES;

/// Transparency log entries in one bundle: sigstore-go `maxAllowedTlogEntries`.
pub const TLOG_ENTRIES: usize = 32;

/// RFC 3161 timestamps in one bundle: sigstore-go `maxAllowedTimestamps`.
pub const TIMESTAMPS: usize = 32;

/// Subjects of one in-toto statement: sigstore-go `maxAllowedSubjects`.
pub const SUBJECTS: usize = 1024;

/// Digests of one in-toto subject: sigstore-go `maxAllowedSubjectDigests`.
pub const SUBJECT_DIGESTS: usize = 32;

/// Certificates in one chain. Fulcio chains have 2 or 3.
pub const CHAIN_CERTIFICATES: usize = 10;

/// Certificates of one file of roots or intermediates. Each is tried as issuer of each other.
pub const POOL_CERTIFICATES: usize = 50;

/// Hashes of one inclusion proof: a log of 2^63 entries needs 63.
pub const PROOF_HASHES: usize = 64;

/// Nesting of one JSON document; `serde_json` refuses at 128 as well.
pub const JSON_DEPTH: usize = 100;

/// Bytes of one scan report. The largest real Trivy report seen is 60 MB.
pub const SCAN_REPORT_BYTES: u64 = 256 << 20;

/// Bytes of one policy file.
pub const POLICY_BYTES: u64 = 1 << 20;

/// Scalars, lists and maps of one policy file: what fits into [`POLICY_BYTES`] at twenty bytes each.
pub const POLICY_NODES: usize = 50_000;

/// Bytes of one allowlist: ten thousand entries of 400 bytes.
pub const ALLOWLIST_BYTES: u64 = 4 << 20;

/// Scalars, lists and maps of one allowlist: ten thousand entries with all keys.
pub const ALLOWLIST_NODES: usize = 400_000;

/// Bytes of one glob of an allowlist. No path is longer.
pub const GLOB_BYTES: usize = 4096;

/// Seconds that the Rego policies of one statement may take. Real ones take milliseconds.
pub const REGO_SECONDS: u64 = 10;

/// Bytes of memory of the process that evaluates Rego policies. It starts with about 20 MiB, and a statement
/// takes some ten times its size.
pub const REGO_MEMORY_BYTES: u64 = 2 << 30;

/// Bytes that the evaluation of Rego policies may answer: a quarter of what a pipe takes without a reader.
pub const REGO_ANSWER_BYTES: usize = 16 << 10;

/// Bytes of one trusted root. The public one has 7 KiB.
pub const TRUSTED_ROOT_BYTES: u64 = 1 << 20;

/// Bytes of one TUF root, timestamp, snapshot and targets file: python-tuf's `UpdaterConfig`.
pub const TUF_ROOT_BYTES: u64 = 512_000;

/// See [`TUF_ROOT_BYTES`].
pub const TUF_TIMESTAMP_BYTES: u64 = 16_384;

/// See [`TUF_ROOT_BYTES`].
pub const TUF_SNAPSHOT_BYTES: u64 = 2_000_000;

/// See [`TUF_ROOT_BYTES`].
pub const TUF_TARGETS_BYTES: u64 = 5_000_000;

/// TUF roots that are followed in one go, and delegations that are looked through: python-tuf's
/// `max_root_rotations` and `max_delegations`.
pub const TUF_ROOTS: u32 = 256;

/// See [`TUF_ROOTS`].
pub const TUF_DELEGATIONS: u32 = 32;

/// Bytes of one kept TUF state. Sigstore's has 60 KB; base64 adds a third to what the metadata may have.
pub const TUF_STATE_BYTES: u64 = 16 << 20;

/// Keys of one npm registry. The public one has two.
pub const SIGNERS: usize = 64;

/// Bytes of one list of images: ten thousand references of a hundred bytes.
pub const IMAGE_LIST_BYTES: u64 = 1 << 20;

/// Bytes of one PEM public key file.
pub const KEY_BYTES: u64 = 64 << 10;

/// Bytes of one Docker or Podman authentication file.
pub const AUTH_FILE_BYTES: u64 = 1 << 20;

/// Bytes of one token answer, and of an error body that is quoted.
pub const ERROR_BODY_BYTES: u64 = 64 << 10;

/// Redirects followed for one request.
pub const REDIRECTS: usize = 5;

/// Seconds to a connection.
pub const CONNECT_SECONDS: u64 = 10;

/// Seconds without a byte before a transfer is given up.
pub const IDLE_SECONDS: u64 = 30;

/// Seconds for one request in all.
pub const REQUEST_SECONDS: u64 = 120;

/// Attempts for one request that answers 429 or 5xx or breaks off.
pub const ATTEMPTS: u32 = 3;

/// Seconds that a `Retry-After` may ask for before we give up instead.
pub const RETRY_AFTER_SECONDS: u64 = 20;

/// Seconds that a command waits for registries in all. Each request has its own, but a registry that uses
/// them up may list [`REFERRERS`] for each of [`INDEX_MANIFESTS`].
pub const COMMAND_SECONDS: u64 = 900;

/// Bytes a second that an upload must reach on average, or it is given up: a slow line of the year 1990.
pub const SLOW_BYTES_PER_SECOND: u64 = 8 << 10;

/// Seconds that a command which moves whole images may take in all.
pub const TRANSFER_SECONDS: u64 = 6 * 3600;

/// Manifests of one image that is moved, with its platforms and all that is attached to them.
pub const TRANSFER_MANIFESTS: usize = 4 * INDEX_MANIFESTS;

/// Bytes of the record in an archive of evidence, which has a line for each question that was asked.
pub const RECORD_BYTES: u64 = 64 << 20;

/// Bytes of one file that a cataloger wants whole: package databases, lock files. The largest seen is an rpm
/// database of a full desktop, below 200 MiB.
pub const CATALOGED_FILE_BYTES: u64 = 256 << 20;

/// Bytes of one list of packages that is compiled into a program, inflated. Those of Kubernetes and uv have
/// below 300 KB.
pub const EMBEDDED_LIST_BYTES: usize = 8 << 20;

/// Bytes of one module of the kernel, inflated. The largest of Debian's, amdgpu, has 20 MB.
pub const KERNEL_MODULE_BYTES: u64 = 64 << 20;

/// Bytes of the list of one package's files in Arch Linux's database, inflated: `maxMtreeSize` of syft.
pub const MTREE_BYTES: u64 = 16 << 20;

/// Bytes of the control archive of one Debian package, inflated: `maxControlTarSize` of syft. The largest of Debian's,
/// with the digests of the kernel's headers, has 3 MB.
pub const DEB_CONTROL_BYTES: u64 = 16 << 20;

/// Bytes of the data of one Debian package that are inflated in search of its copyright file. The largest, the
/// kernel's debugging symbols, have 6 GB.
pub const DEB_DATA_BYTES: u64 = 16 << 30;

/// Members of one Debian package. They have three, and archives of other things may be called so.
pub const DEB_MEMBERS: usize = 64;

/// Bytes of one header of an rpm package. rpm itself stops at 256 MiB (`HEADER_DATA_MAX`); that of the kernel's
/// sources has 10 MB.
pub const RPM_HEADER_BYTES: u64 = 64 << 20;

/// Bytes of the head of one model: the safetensors format allows 100 MB; syft stops at 50 MB for GGUF, whose
/// vocabularies have below 20 MB.
pub const MODEL_HEAD_BYTES: u64 = 100_000_000;

/// Bytes of the archive that a container engine gives of one image: uncompressed, so several times the largest
/// images that are seen (a bootable system of 8 GB).
pub const DAEMON_ARCHIVE_BYTES: u64 = 64 << 30;

/// Candidates for dependencies that are looked at in one package database. A desktop of three thousand packages has
/// some fifty thousand; a database in which everybody provides what everybody needs has the square of its size.
pub const DATABASE_EDGES: usize = 4 << 20;

/// Events of the YAML reader for one lock file: a pnpm lock file of a monorepository with 10,000 packages has
/// 600,000.
pub const LOCK_YAML_EVENTS: usize = 8_000_000;

/// Bytes of all scalars of one YAML lock file: the large ones have 5 MB.
pub const LOCK_YAML_BYTES: usize = 64 << 20;

/// Folders that a name is looked up through in a lock file of npm: no path of files is that deep.
pub const LOCK_NESTING: usize = 256;

/// Nesting of one YAML lock file. They need eight; the reader takes some 20 kB of stack for each level in a debug
/// build.
pub const LOCK_YAML_DEPTH: usize = 24;

/// Bytes of one Java archive, which is held while it is looked into. The largest seen in images is a jar of
/// native libraries with 400 MiB.
pub const JAVA_ARCHIVE_BYTES: u64 = 1 << 30;

/// Bytes of a Java archive that is held without waiting for others: all that layers read side by side.
pub const JAVA_ARCHIVE_FREE_BYTES: u64 = 8 << 20;

/// Archives within archives: an ear with a war with a jar is 3. Stops the quine, which holds itself.
pub const JAVA_ARCHIVE_DEPTH: usize = 16;

/// Entries of one Java archive and all archives in it. The largest seen has 200,000.
pub const JAVA_ARCHIVE_ENTRIES: usize = 4_000_000;

/// Archives in one Java archive, at any depth. The largest seen, a bundle of Jenkins, has 900.
pub const JAVA_NESTED_ARCHIVES: usize = 20_000;

/// Bytes of nested archives for each byte of the one that holds them, above [`JAVA_NESTED_FREE_BYTES`]. They
/// are compressed themselves, so real ones have below 2.
pub const JAVA_NESTED_RATIO: u64 = 16;

/// See [`JAVA_NESTED_RATIO`].
pub const JAVA_NESTED_FREE_BYTES: u64 = 64 << 20;

/// Bytes of all nested archives of one archive together, whatever its size.
pub const JAVA_NESTED_BYTES: u64 = 2 << 30;

/// Bytes of a manifest or `pom.xml`. The manifest of a signed archive names each class: some MiB.
pub const JAVA_METADATA_BYTES: u64 = 16 << 20;

/// Packages of one SPDX document. The largest real one seen has 9,121; each takes about a kilobyte once read.
pub const SPDX_PACKAGES: usize = 250_000;

/// Entries of all lists of one SPDX document together, as far as they are kept: relationships, references,
/// creators, values of a document that is not JSON. The largest real one seen has below 300,000.
pub const SPDX_ITEMS: usize = 8_000_000;

/// Repairs of one SPDX document that are described one by one; the others are counted.
pub const SPDX_DIAGNOSTICS: usize = 1000;

/// Bytes of one VEX document: what an attestation may have. The largest real ones, of a kernel, have some 50 MB.
pub const VEX_BYTES: u64 = ATTACHMENT_BYTES;

/// Products that the statements of one VEX document name, each as often as it is named, with the groups that they are
/// named by. A hundred thousand are real.
pub const VEX_ITEMS: usize = 1_000_000;

/// Bytes of one SPDX document: what an attestation may have.
pub const SPDX_BYTES: u64 = ATTACHMENT_BYTES;

/// Files of one image or directory. The largest public images have below a million; three million are tested.
pub const IMAGE_FILES: u64 = 10_000_000;

/// Bytes of the paths and link targets of one image or directory together: a hundred for each of
/// [`IMAGE_FILES`].
pub const IMAGE_PATH_BYTES: u64 = 1 << 30;

/// Bytes of one path: Linux's `PATH_MAX`. A longer one cannot be opened.
pub const PATH_BYTES: u64 = 4096;

/// Bytes that the layers of one image unpack to. The largest public images have below 100 GiB; a gzip bomb
/// makes a thousand times its size.
pub const IMAGE_BYTES: u64 = 256 << 30;

/// Bytes of one extended header of a tar archive: `maxSpecialFileSize` of Go's archive/tar.
pub const TAR_HEADER_BYTES: u64 = 1 << 20;

/// Pieces of one sparse file: what fits into [`TAR_HEADER_BYTES`] at eight bytes each.
pub const SPARSE_PIECES: usize = 128 << 10;

/// Bytes of the window of a zstd frame: `ZSTD_WINDOWLOG_LIMIT_DEFAULT`, 2^27.
pub const ZSTD_WINDOW_BYTES: u64 = 128 << 20;

/// Members of one image archive: blobs or layers with their folders and links, and some documents.
pub const ARCHIVE_MEMBERS: usize = 2 * LAYOUT_BLOBS;

/// Bytes of all documents of one image archive together: four configurations of the greatest size and a few
/// thousand of usual ones.
pub const ARCHIVE_DOCUMENT_BYTES: u64 = 64 << 20;
