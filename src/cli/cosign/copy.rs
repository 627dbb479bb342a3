//! `cosign copy`.

use clap::Args;
use portcullis::evidence::Lookup;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::source::Blobs;
use portcullis::source::ImageSource;
use portcullis::source::Outcome;
use portcullis::source::Registry;
use portcullis::source::SourceError;
use portcullis::source::Transfer;

use super::arguments::GlobalFlags;
use super::arguments::RegistryFlags;
use super::attached;
use super::attached::Attached;
use super::attached::Kind;
use super::attached::Way;
use super::error::Failure;
use super::error::Result;
use super::image::go_name;
use super::store;
use super::store::Place;
use crate::cli::output::say;
use crate::cli::progress::Line;

/// Copy the supplied container image and signatures
#[derive(Args, Debug)]
pub(super) struct Options {
    /// overwrite destination image(s), if necessary
    #[arg(long, short = 'f')]
    force: bool,
    /// custom string array to only copy specific items, this flag is comma delimited. ex: --only=sig,att,sbom
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    only: Vec<String>,
    /// only copy container image and its signatures for a specific platform image
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// only copy the image signature
    #[arg(long)]
    sig_only: bool,
    #[command(flatten)]
    registry: RegistryFlags,
    /// Source image and destination image
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
}

/// Runs the command. Unlike cosign's, it copies referrers, bundles among them.
pub(super) fn run(options: &Options, global: &GlobalFlags) -> Result {
    say(DEPRECATED);
    let [from, to] = options.images.as_slice() else { return Err(store::count(2, options.images.len())) };
    let kinds = options.kinds()?;
    let from = Place::open(from, &options.registry)?;
    let to = Place::open(to, &options.registry)?;
    let line = Line::new("copying");
    let source = from.registry()?;
    let copy = Copy {
        transfer: Transfer::new(source, to.registry()?).with_progress(line.progress()),
        source,
        sink: to.registry()?,
        to: &to.reference,
        force: options.force,
        lookup: &options.registry.lookup()?,
    };
    store::run(global, async {
        let image = from.on_platform(options.platform.as_deref()).await?;
        copy.all(&image, &kinds, !options.selects()).await
    })
}

impl Options {
    /// Whether only some of the parts are copied, and not the tag.
    fn selects(&self) -> bool {
        self.sig_only || !self.only.is_empty()
    }

    fn kinds(&self) -> Result<Vec<&str>> {
        let mut kinds: Vec<&str> = self.only.iter().map(|kind| kind.trim()).collect();
        if let Some(odd) = kinds.iter().find(|kind| !KINDS.contains(kind)) {
            return Err(Failure::new(format!(
                "invalid value for --only: {odd}, only the following values are supported: [{}]",
                KINDS.join(" ")
            )));
        }
        if self.sig_only {
            kinds.push("sig");
        }
        Ok(if kinds.is_empty() { KINDS.to_vec() } else { kinds })
    }
}

struct Copy<'a> {
    transfer: Transfer<'a, Registry, Registry>,
    source: &'a Registry,
    sink: &'a Registry,
    to: &'a Reference,
    force: bool,
    lookup: &'a Lookup,
}

impl Copy<'_> {
    async fn all(&self, image: &Reference, kinds: &[&str], tag: bool) -> Result {
        let subjects = attached::subjects(self.source, image).await?;
        for subject in &subjects {
            let entity = image.with_digest(*subject);
            let parts = attached::attached(self.source, image, *subject, self.lookup).await?;
            // That tag is the list of referrers of the image: where there are some, nothing else is written there.
            let referred = parts.iter().any(|part| matches!(part.way, Way::Referrer(_)));
            let name = subject.to_string().replace(':', "-");
            let own = self.to.with_tag(&name).map_err(|error| Failure::new(error.to_string()))?;
            let own = if referred { self.to.with_digest(*subject) } else { own };
            self.one(&entity, &own).await?;
            for part in parts.into_iter().filter(|part| wanted(part, kinds, tag)) {
                self.part(&part).await?;
            }
        }
        match subjects.first() {
            Some(top) if tag => self.one(&image.with_digest(*top), self.to).await,
            _ => Ok(()),
        }
    }

    async fn part(&self, part: &Attached) -> Result {
        let to = match &part.way {
            Way::Tag { tag, .. } => self.to.with_tag(tag).map_err(|error| Failure::new(error.to_string()))?,
            Way::Referrer(_) => self.to.with_digest(part.fetched.digest),
        };
        let named = match &part.way {
            Way::Tag { tag, .. } => part.at.with_tag(tag).unwrap_or_else(|_| part.at.clone()),
            Way::Referrer(_) => part.at.clone(),
        };
        self.one_named(&part.at, &named, &to).await
    }

    async fn one(&self, from: &Reference, to: &Reference) -> Result {
        self.one_named(from, from, to).await
    }

    /// Copies one manifest with everything below it, unless something else is there already. `named` is what
    /// is told of it.
    async fn one_named(&self, from: &Reference, named: &Reference, to: &Reference) -> Result {
        if !self.force {
            match self.sink.manifest(to).await {
                // A referrer that is there may still have to be listed.
                Ok(found) if Some(&found.digest) == from.digest() && to.digest().is_none() => return Ok(()),
                Ok(found) if Some(&found.digest) == from.digest() => {}
                Ok(_) => {
                    let name = go_name(to);
                    return Err(Failure::new(format!(
                        "image {name:?} already exists. Use `-f` to overwrite"
                    )));
                }
                Err(error) if error.outcome() == Outcome::NotFound => {}
                Err(error) => return Err(failure(error)),
            }
        }
        say(format_args!("Copying {} to {}...", go_name(named), go_name(to)));
        self.transfer.image(from, to, &PlatformFilter::All, Blobs::All).await.map_err(failure)?;
        Ok(())
    }
}

/// Whether a part is one of the kinds; what is none of cosign's goes along with the whole image only.
fn wanted(part: &Attached, kinds: &[&str], whole: bool) -> bool {
    match &part.way {
        Way::Tag { suffix, .. } => kinds.contains(suffix),
        Way::Referrer(Kind::Attestation) => kinds.contains(&"att"),
        Way::Referrer(Kind::Signature) => kinds.contains(&"sig"),
        Way::Referrer(Kind::Other) => whole,
    }
}

fn failure(error: SourceError) -> Failure {
    Failure::new(error.to_string())
}

/// In the order in which cosign names them.
const KINDS: [&str; 3] = ["sig", "sbom", "att"];

const DEPRECATED: &str = "Command \"copy\" is deprecated, there are several options you can use instead:
  - \"oras copy -r\" will copy images and referring artifacts
  - \"cosign save\" to write to disk, followed by \"cosign load\" for a new registry
  - \"cosign download\" followed by \"cosign attach\" to just copy the bundle";
