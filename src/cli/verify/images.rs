//! Any number of images: read side by side, verified on all cores, each digest of a repository once.

use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use portcullis::bundle::Candidate;
use portcullis::digest::Digest;
use portcullis::evidence::Lookup;
use portcullis::limits;
use portcullis::oci::Location;
use portcullis::oci::PinnedImage;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::pipeline;
use portcullis::pipeline::Answer;
use portcullis::pipeline::Gathered;
use portcullis::pipeline::Inquiry;
use portcullis::pipeline::PipelineError;
use portcullis::source;
use portcullis::source::Source;
use portcullis::source::SourceError;

use super::ImageDocument;
use super::ImageName;
use crate::cli::archive;
use crate::cli::arguments;
use crate::cli::arguments::ReachArguments;
use crate::cli::context;
use crate::cli::output;
use crate::cli::output::Problem;
use crate::cli::ready::Ready;
use crate::cli::verified::Outcome;
use crate::cli::verified::Proof;

/// What is asked of all images.
pub(super) struct Images<'a> {
    pub(super) inquiry: Arc<Inquiry>,
    pub(super) reach: &'a ReachArguments,
    pub(super) lookup: Lookup,
    pub(super) files: &'a [Candidate],
    /// The platforms are needed by name, not only their digests.
    pub(super) full: bool,
    /// No identity is compared, so the one that was found is worth a command.
    pub(super) any_identity: bool,
    pub(super) ready: Ready,
}

/// One image that can be asked for.
struct Named {
    reference: Reference,
    /// What holds it; nothing if the digest and files are all there is.
    source: Option<usize>,
}

/// Where an image is, and which one it is.
type Key = (Option<usize>, Option<Location>, Digest);

/// The names that mean one image: as typed, and as read.
type Names<'a> = Vec<(&'a str, String)>;

/// What came of one digest in one repository.
type Judged = Result<(Gathered, Vec<Answer>), Problem>;

impl Images<'_> {
    /// Verifies the images, in these steps, each for all of them side by side:
    ///
    /// 1. Each reference is resolved, the same one once. What cannot be read is no answer for it alone.
    /// 2. For each digest of a repository what may be a proof is collected and judged, once.
    ///
    /// The outcomes are in the order of `texts`.
    pub(super) fn verify(&self, texts: &[String]) -> Result<Vec<ImageDocument>, Problem> {
        let mut names: Vec<&str> = texts.iter().map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        let references: Vec<(&str, Result<Reference, Problem>)> =
            names.into_iter().map(|text| (text, arguments::read_reference(text))).collect();
        let (sources, named) = self.open(references)?;
        let network = sources.iter().flatten().any(context::is_network);
        let flow = self.flow(&sources, named);
        let limit = Duration::from_secs(limits::COMMAND_SECONDS);
        let outcomes = context::block_on_for(network, limit, flow)?.ok_or_else(|| {
            Problem::new(format_args!("gave up after {} seconds", limits::COMMAND_SECONDS)).code("time").hint(
                "the registry answers too slowly, or lists too much; this says nothing about the images",
            )
        })?;
        let of = |text: &String| {
            let (image, outcome) = outcomes.get(text.as_str()).cloned()?;
            Some(ImageDocument { image, outcome })
        };
        Ok(texts.iter().filter_map(of).collect())
    }

    /// Opens one client for all registries, and each directory once.
    #[expect(clippy::type_complexity, reason = "a list of sources, and who is in which")]
    fn open<'t>(
        &self,
        references: Vec<(&'t str, Result<Reference, Problem>)>,
    ) -> Result<(Vec<Result<Source, Problem>>, Vec<(&'t str, Result<Named, Problem>)>), Problem> {
        let archived = self.reach.archive.is_some();
        let in_registry = |reference: &&Reference| {
            !archived && reference.layout().is_none() && reference.archive().is_none()
        };
        let remote: Vec<&Reference> = references
            .iter()
            .filter_map(|(_, reference)| reference.as_ref().ok())
            .filter(in_registry)
            .collect();
        let mut sources = Vec::new();
        if !self.reach.offline && !remote.is_empty() {
            sources.push(Ok(self.reach.registry.open(&remote)?));
        }
        let mut files: HashMap<PathBuf, usize> = HashMap::new();
        let mut place = |reference: Reference| -> Result<Named, Problem> {
            self.reach.check_place(&reference)?;
            let archive = self.reach.archive.as_deref().or(reference.archive());
            let file = archive.or(reference.layout()).map(Path::to_owned);
            let source = match file {
                Some(file) => Some(*files.entry(file.clone()).or_insert_with(|| {
                    sources.push(match (&self.reach.archive, archive) {
                        (Some(file), _) => archive::open_recording(file)
                            .map(|recording| Source::Recording(Box::new(recording))),
                        (None, Some(file)) => archive::open(file),
                        (None, None) => archive::open_layout(&file),
                    });
                    sources.len().saturating_sub(1)
                })),
                None if !self.reach.offline => Some(0),
                // Which manifests an index has is not known by its digest.
                None if reference.digest().is_some() && !self.files.is_empty() && !self.full => None,
                None => return Err(arguments::offline(&reference)),
            };
            // An archive of evidence speaks of the image by the name that it has elsewhere.
            let recording =
                source.and_then(|source| sources.get(source)).and_then(|source| source.as_ref().ok());
            let reference = match recording {
                Some(Source::Recording(recording)) if reference.archive().is_some() => {
                    archive::choose(recording, &reference)?
                }
                _ => reference,
            };
            Ok(Named { reference, source })
        };
        let named = references.into_iter().map(|(text, reference)| (text, reference.and_then(&mut place)));
        let named = named.collect();
        Ok((sources, named))
    }

    async fn flow<'t>(
        &self,
        sources: &[Result<Source, Problem>],
        named: Vec<(&'t str, Result<Named, Problem>)>,
    ) -> HashMap<&'t str, (ImageName, Outcome)> {
        // 1.
        let resolve = named.into_iter().map(|(text, named)| async move {
            match named {
                Ok(named) => {
                    let reference = named.reference.to_string();
                    (text, reference, self.resolve(sources, named).await)
                }
                Err(problem) => (text, text.to_owned(), Err(problem)),
            }
        });
        let resolved: Vec<(&str, String, Result<Resolved, Problem>)> =
            stream::iter(resolve).buffered(AT_ONCE).collect().await;
        let mut outcomes = HashMap::new();
        let mut once: HashMap<Key, (Resolved, Names<'_>)> = HashMap::new();
        for (text, reference, resolved) in resolved {
            match resolved {
                Ok(resolved) => {
                    once.entry(resolved.key())
                        .or_insert_with(|| (resolved, Vec::new()))
                        .1
                        .push((text, reference));
                }
                Err(problem) => {
                    let image = ImageName { reference, digest: None };
                    outcomes.insert(text, (image, Outcome::undecided(&problem)));
                }
            }
        }
        // 2.
        let alone = once.len() == 1;
        let judge = once.into_iter().map(|((_, _, digest), (resolved, texts))| async move {
            (digest, texts, self.judge(sources, resolved, alone).await)
        });
        let judged: Vec<(Digest, Names<'_>, Judged)> = stream::iter(judge).buffered(AT_ONCE).collect().await;
        for (digest, texts, judged) in judged {
            for (text, reference) in texts {
                let image = ImageName { reference, digest: Some(digest) };
                outcomes.insert(text, (image, self.outcome(text, &judged)));
            }
        }
        outcomes
    }

    async fn resolve(&self, sources: &[Result<Source, Problem>], named: Named) -> Result<Resolved, Problem> {
        let Named { reference, source: position } = named;
        let Some(position) = position else {
            let digest = reference.digest().copied();
            let digest = digest.ok_or_else(|| arguments::offline(&reference))?;
            return Ok(Resolved::Digest(digest));
        };
        let source = opened(sources, position)?;
        let filter = self.reach.platforms();
        let image = if self.full || filter != PlatformFilter::All {
            source::resolve(source, &reference, filter).await
        } else {
            source::resolve_digest(source, &reference, filter).await
        };
        let image = image.map_err(unread)?;
        Ok(Resolved::Image { image: Box::new(image), source: position })
    }

    async fn judge(&self, sources: &[Result<Source, Problem>], resolved: Resolved, alone: bool) -> Judged {
        let gathered = match resolved {
            Resolved::Digest(digest) => Gathered::of_digest(digest, self.files.to_vec()),
            Resolved::Image { image, source } => {
                let chosen = self.reach.platforms() != PlatformFilter::All;
                let source = opened(sources, source)?;
                pipeline::gather(source, *image, chosen, &self.lookup, self.files).await.map_err(no_answer)?
            }
        };
        let inquiry = Arc::clone(&self.inquiry);
        let work = move || {
            let answers = inquiry.judge(&gathered).map_err(no_answer)?;
            Ok((gathered, answers))
        };
        // One image is not worth a thread.
        if alone {
            return work();
        }
        tokio::task::spawn_blocking(work).await.map_err(|error| Problem::new(format_args!("{error}")))?
    }

    fn outcome(&self, text: &str, judged: &Judged) -> Outcome {
        let (gathered, answers) = match judged {
            Ok(judged) => judged,
            Err(problem) => return Outcome::undecided(problem),
        };
        let proofs = answers.iter().filter_map(|answer| answer.result.as_ref().ok()).flatten();
        let proofs: Vec<Proof> =
            proofs.map(|held| Proof::new(held, gathered.platform(held.proof.subject()))).collect();
        let rejected = answers.iter().flat_map(|answer| &answer.rejected);
        let ready = self.ready.with(text);
        let hint = self.any_identity.then(|| proofs.first()?.ready(&ready)).flatten();
        let mut outcome = Outcome::verified(proofs, rejected, gathered.looked().to_vec());
        for answer in answers {
            if let Err(failure) = &answer.result {
                outcome.refuse(failure, &answer.missing, &ready);
            }
        }
        if outcome.error.is_none() {
            outcome.hint = hint.map(|command| format!("to ask for this signer: {command}"));
        }
        outcome
    }
}

/// An image whose digest is known.
enum Resolved {
    Digest(Digest),
    Image { image: Box<PinnedImage>, source: usize },
}

impl Resolved {
    fn key(&self) -> Key {
        match self {
            Self::Digest(digest) => (None, None, *digest),
            Self::Image { image, source } => {
                (Some(*source), Some(image.reference().location().clone()), *image.digest())
            }
        }
    }
}

fn opened(sources: &[Result<Source, Problem>], position: usize) -> Result<&Source, Problem> {
    match sources.get(position) {
        Some(Ok(source)) => Ok(source),
        Some(Err(problem)) => Err(problem.clone()),
        None => Err(Problem::new("nothing holds the image")),
    }
}

fn unread(error: SourceError) -> Problem {
    no_answer(PipelineError::from(error))
}

fn no_answer(error: PipelineError) -> Problem {
    let next = output::next_of_unread(&error);
    Problem::new(&error)
        .code(error.rule())
        .hint(format!("{next}; nothing is known about the signature, which is not the same as unsigned"))
}

/// Images that are read at once: each has requests of its own side by side.
const AT_ONCE: usize = 16;
