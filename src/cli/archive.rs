//! Archives as places of images, roots and policies.
//!
//! What an archive says about whom to trust is used only where the user names the archive for it: it came from
//! outside, like the image.

use std::path::Path;

use portcullis::crypto::PublicKey;
use portcullis::limits;
use portcullis::oci::Reference;
use portcullis::source::FileRole;
use portcullis::source::Layout;
use portcullis::source::PackedImage;
use portcullis::source::Recording;
use portcullis::source::Source;
use portcullis::source::SourceError;

use super::context;
use super::output::Problem;
use super::output::say;

/// Opens an archive: of evidence, or of a layout.
pub(super) fn open(file: &Path) -> Result<Source, Problem> {
    match Recording::open(file).map_err(layout)? {
        Some(recording) => Ok(Source::Recording(Box::new(recording))),
        None => Layout::open_archive(file).map(Source::Layout).map_err(layout),
    }
}

fn layout(error: SourceError) -> Problem {
    Problem::new(error).code("layout").hint("portcullis pack writes archives of evidence: pack IMAGE -o FILE")
}

/// Opens an archive that must be one of evidence.
pub(super) fn open_recording(file: &Path) -> Result<Recording, Problem> {
    Recording::open(file).map_err(layout)?.ok_or_else(|| {
        Problem::new(format_args!("{}: an OCI layout without a record of evidence", file.display()))
            .code("layout")
            .hint(
                "portcullis pack makes archives of evidence; an image in another archive is written \
                 oci-archive:FILE",
            )
    })
}

/// Opens a layout directory.
pub(super) fn open_layout(directory: &Path) -> Result<Source, Problem> {
    Layout::open(directory).map(Source::Layout).map_err(|error| {
        let problem = Problem::new(&error).code("layout");
        if directory.is_dir() {
            problem
        } else {
            problem.hint("oci:DIRECTORY names a directory with oci-layout, index.json and blobs")
        }
    })
}

/// The image that `oci-archive:FILE`, `oci-archive:FILE:NAME` or `oci-archive:FILE@DIGEST` means, by the name
/// that it was packed by.
pub(super) fn choose(recording: &Recording, wanted: &Reference) -> Result<Reference, Problem> {
    let images = &recording.record().images;
    let named = wanted.tag().and_then(|name| Reference::parse(name).ok()).map(|name| name.to_string());
    let meant = |image: &&PackedImage| match (wanted.digest(), &named) {
        (Some(digest), _) => image.digest == *digest,
        (None, Some(name)) => image.reference == *name,
        (None, None) => wanted.tag().is_none(),
    };
    let found: Vec<&PackedImage> = images.iter().filter(meant).collect();
    let has = images.iter().map(|image| image.reference.as_str()).collect::<Vec<_>>().join(", ");
    match found.as_slice() {
        [one] => {
            let reference = Reference::parse(&one.reference).map_err(Problem::new)?;
            // A digest that was asked for stays: what the name stands for is the archive's word.
            Ok(wanted.digest().map_or_else(|| reference.clone(), |digest| reference.with_digest(*digest)))
        }
        [] => Err(Problem::new(format_args!("{wanted}: not in the archive; it has {has}"))
            .hint("name one of those, or pack this one too")),
        _ => Err(Problem::new(format_args!("{wanted}: the archive has several images: {has}"))
            .hint("name one of them")),
    }
}

/// The archive of `oci-archive:FILE` where a file is expected.
pub(super) fn packed(path: &Path) -> Option<&Path> {
    path.to_str()?.strip_prefix("oci-archive:").map(Path::new)
}

/// Reads a file, or for `oci-archive:FILE` what was packed for that role.
pub(super) fn read_or_file(path: &Path, role: FileRole, ceiling: u64) -> Result<Vec<u8>, Problem> {
    let Some(archive) = packed(path) else { return context::read_file(path, ceiling) };
    let recording = open_recording(archive)?;
    let what = word(role);
    let file = recording.record().file(role, None).filter(|file| file.size <= ceiling).ok_or_else(|| {
        Problem::new(format_args!("{}: the archive has no {what}", archive.display()))
            .hint("it is packed where it is given to portcullis pack")
    })?;
    say(format_args!("note: the {what} {} is the one that {} holds", file.digest, archive.display()));
    recording.file(file).map_err(Problem::new)
}

const fn word(role: FileRole) -> &'static str {
    match role {
        FileRole::Allowlist => "allowlist",
        FileRole::Policy => "policy",
        FileRole::Key => "key",
        FileRole::TrustedRoot => "trusted root",
        FileRole::Vex => "VEX file",
    }
}

/// Reads a file that the policy of an archive names.
pub(super) fn read_named(
    archive: &Path,
    role: FileRole,
    name: &str,
    ceiling: u64,
) -> Result<Vec<u8>, Problem> {
    let recording = open_recording(archive)?;
    let what = word(role);
    let file = recording.record().file(role, Some(name));
    let file = file.filter(|file| file.size <= ceiling).ok_or_else(|| {
        Problem::new(format_args!("{}: the archive has no {what} {name:?}", archive.display()))
            .hint("pack it with the policy that names it: portcullis pack --policy FILE")
    })?;
    recording.file(file).map_err(Problem::new)
}

/// Reads a key that the policy of an archive names.
pub(super) fn read_key(archive: &Path, name: &str) -> Result<PublicKey, Problem> {
    let pem = read_named(archive, FileRole::Key, name, limits::KEY_BYTES)?;
    PublicKey::from_pem(&pem).map_err(|error| Problem::new(format_args!("{name}: {error}")))
}
