//! `portcullis pack`: everything that a decision needs, in one file.

use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use futures_util::StreamExt;
use futures_util::TryStreamExt;
use futures_util::stream;
use portcullis::digest::Digest;
use portcullis::gate::Policy;
use portcullis::limits;
use portcullis::oci::Platform;
use portcullis::oci::Reference;
use portcullis::pack;
use portcullis::pack::Layers;
use portcullis::pack::Request;
use portcullis::report;
use portcullis::report::brief;
use portcullis::report::printable;
use portcullis::source::Answers;
use portcullis::source::ArchiveWriter;
use portcullis::source::FileRole;
use portcullis::source::PackedFile;
use portcullis::source::PackedImage;
use portcullis::source::Source;
use serde::Serialize;

use super::Outcome;
use super::allowlist;
use super::archive;
use super::arguments;
use super::arguments::Instance;
use super::arguments::RegistryArguments;
use super::context;
use super::output;
use super::output::Exit;
use super::output::Format;
use super::output::Problem;
use super::progress::Line;
use super::progress::size;
use super::vex;

/// Pack the evidence of images into one archive, for a decision without a network
///
/// Reads manifests, configurations, signatures and attestations (SBOMs among them) of the images and of their
/// platforms, and writes them with the trusted root, and the policy if it is given, into an OCI layout archive.
/// `verify --archive` and `gate --archive` then answer from it as they would here. Verifies nothing. Exit code
/// 0: packed, 2: something could not be read, and nothing is written.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// registry/repository:tag, registry/repository@sha256:..., or oci:DIRECTORY
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// The archive; a file that is there is replaced
    #[arg(long, short = 'o', value_name = "FILE")]
    output: PathBuf,
    /// Pack this policy too, with the keys, the allowlist and the VEX files that it names
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Pack this trusted root instead of an embedded one
    #[arg(long, value_name = "FILE")]
    trusted_root: Option<PathBuf>,
    /// Which embedded root is packed
    #[arg(long, value_enum, value_name = "INSTANCE", default_value_t = Instance::Production, conflicts_with = "trusted_root")]
    trust: Instance,
    /// Only this platform of an index, such as linux/arm64; can be repeated. Default: all of them
    #[arg(long, value_name = "PLATFORM")]
    platform: Vec<Platform>,
    /// Pack the layers of the images too
    #[arg(long)]
    with_layers: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    #[command(flatten)]
    registry: RegistryArguments,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let files = files(options)?;
    let images = images(options)?;
    let archive = ArchiveWriter::create(&options.output).map_err(Problem::new)?;
    let answers = Answers::default();
    let network = images.iter().any(|(_, source)| context::is_network(source));
    let packed = context::transfer(network, pack_all(options, &images, &archive, &answers))??;
    let entries = answers.finish(archive.layout(), context::now(), packed.clone(), &files);
    let entries = entries.map_err(Problem::new)?;
    let (digest, size) = archive.finish(&entries).map_err(Problem::new)?;
    let summary = Summary { file: &options.output, digest, size, images: &packed, files: &files };
    output::stdout(|out| match options.format {
        Format::Json => output::json(&summary.document(), out),
        Format::Text => summary.text(out),
    })?;
    Ok(Exit::Pass)
}

/// The images and where each is read from, each once.
fn images(options: &Options) -> Result<Vec<(Reference, Source)>, Problem> {
    let mut images: Vec<(Reference, Source)> = Vec::new();
    for text in &options.images {
        let reference = Reference::parse(text).map_err(|error| {
            Problem::new(format_args!("{text:?}: {error}"))
                .hint("write registry/repository:tag, registry/repository@sha256:... or oci:DIRECTORY")
        })?;
        if images.iter().any(|(known, _)| *known == reference) {
            continue;
        }
        let source = match (reference.layout(), reference.archive()) {
            (Some(directory), _) => archive::open_layout(directory)?,
            (None, Some(file)) => archive::open(file)?,
            (None, None) => options.registry.open(&[&reference])?,
        };
        images.push((reference, source));
    }
    Ok(images)
}

async fn pack_all(
    options: &Options,
    images: &[(Reference, Source)],
    archive: &ArchiveWriter,
    answers: &Answers,
) -> Result<Vec<PackedImage>, Problem> {
    let line = Line::new("packing");
    let lookup = &options.registry.lookup()?;
    let layers = if options.with_layers { Layers::Packed } else { Layers::Absent };
    let jobs = images.iter().map(|(image, source)| {
        let progress = line.progress();
        async move {
            let request = Request { image, platforms: &options.platform, lookup, layers };
            let packed = pack::pack_image(source, archive.layout(), answers, &request, progress).await;
            packed.map_err(|error| {
                Problem::new(format_args!("{image} cannot be packed: {error}")).hint(
                    "nothing was written; an archive with less than everything would hide what is missing",
                )
            })
        }
    });
    stream::iter(jobs).buffered(IMAGES).try_collect().await
}

/// The trusted root, and the policy with its keys, its allowlist and its VEX files.
fn files(options: &Options) -> Result<Vec<(FileRole, String, Vec<u8>)>, Problem> {
    let root = arguments::read_root(options.trusted_root.as_deref(), options.trust)?;
    let mut files = vec![(FileRole::TrustedRoot, "trusted_root.json".to_owned(), root.as_bytes().to_vec())];
    let Some(path) = &options.policy else { return Ok(files) };
    let bytes = context::read_file(path, limits::POLICY_BYTES)?;
    let problem = |error| Problem::new(format_args!("{}: {error}", path.display()));
    let mut policy = Policy::from_slice(&bytes).map_err(problem)?;
    files.push((FileRole::Policy, "portcullis.yaml".to_owned(), bytes));
    let folder = path.parent().unwrap_or(Path::new("."));
    policy.load_keys(|name| {
        let key = arguments::read_key(&folder.join(name))?;
        let bytes = context::read_file(&folder.join(name), limits::KEY_BYTES)?;
        if files.iter().all(|(_, known, _)| known != name) {
            files.push((FileRole::Key, name.to_owned(), bytes));
        }
        Ok::<_, Problem>(key.fingerprint())
    })?;
    policy.load_allowlist(|name| {
        let bytes = context::read_file(&folder.join(name), limits::ALLOWLIST_BYTES)?;
        let list = allowlist::parse(&folder.join(name), &bytes)?;
        files.push((FileRole::Allowlist, name.to_owned(), bytes));
        Ok::<_, Problem>(list)
    })?;
    policy.load_vex(|name| {
        let bytes = context::read_file(&folder.join(name), limits::VEX_BYTES)?;
        let document = vex::parse(&folder.join(name), &bytes)?;
        if files.iter().all(|(_, known, _)| known != name) {
            files.push((FileRole::Vex, name.to_owned(), bytes));
        }
        Ok::<_, Problem>(document)
    })?;
    let odd = files.iter().find(|(role, name, _)| {
        let file = PackedFile { role: *role, name: name.clone(), digest: Digest::sha256(b""), size: 0 };
        !file.has_plain_name()
    });
    match odd {
        Some((_, name, _)) => Err(Problem::new(format_args!(
            "{}: {name:?} cannot be packed: it does not lie in the policy's own folder",
            path.display()
        ))
        .hint("put the file beside the policy")),
        None => Ok(files),
    }
}

struct Summary<'a> {
    file: &'a Path,
    digest: Digest,
    size: u64,
    images: &'a [PackedImage],
    files: &'a [(FileRole, String, Vec<u8>)],
}

impl Summary<'_> {
    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        for image in self.images {
            let digest = brief(&image.digest.to_string());
            writeln!(out, "packed  {}  {digest}", printable(&image.reference))?;
            writeln!(out, "        {}", super::show::counted(image))?;
        }
        let names: Vec<&str> = self.files.iter().map(|(_, name, _)| name.as_str()).collect();
        writeln!(out, "with    {}", printable(&names.join(", ")))?;
        writeln!(out, "wrote   {}  {}", printable(&self.file.display().to_string()), size(self.size))?;
        writeln!(out, "        {}", self.digest)
    }

    fn document(&self) -> Document<'_> {
        Document {
            schema_version: report::SCHEMA_VERSION,
            result: "done",
            file: self.file.display().to_string(),
            digest: self.digest,
            size: self.size,
            images: self.images,
            files: self.files.iter().map(|(_, name, _)| name.as_str()).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    result: &'static str,
    file: String,
    digest: Digest,
    size: u64,
    images: &'a [PackedImage],
    files: Vec<&'a str>,
}

/// Images under way at once.
const IMAGES: usize = 8;
