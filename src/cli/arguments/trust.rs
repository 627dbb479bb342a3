//! Whose word counts, and which witnesses a signature needs.

use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;
use portcullis::limits;
use portcullis::pipeline::TrustDomain;
use portcullis::source::FileRole;
use portcullis::trust::Embedded;
use portcullis::trust::TrustedRoot;
use portcullis::verify::Requirements;

use crate::cli::archive;
use crate::cli::cache;
use crate::cli::output::Problem;

/// Whose word counts, and which witnesses a signature needs.
#[derive(Args, Debug)]
#[command(next_help_heading = "Trust")]
pub(in crate::cli) struct TrustArguments {
    /// Trusted root in Sigstore's format (trusted_root.json); repeated: a signature must hold wholly in one.
    /// oci-archive:FILE takes the one in an archive of evidence, whose maker then says whom to trust
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) trusted_root: Vec<PathBuf>,
    /// Embedded root: whose certificates, logs and timestamps are trusted; repeated, as --trusted-root
    /// [default: production, if there is no --trusted-root]
    #[arg(long, value_enum, value_name = "INSTANCE")]
    pub(in crate::cli) trust: Vec<Instance>,
    /// Accept signatures without a transparency log entry: their owner may never learn of them
    #[arg(long)]
    insecure_ignore_tlog: bool,
    /// Accept certificates that no certificate log has seen
    #[arg(long)]
    insecure_ignore_sct: bool,
    /// Require an RFC 3161 timestamp of a trusted authority
    #[arg(long)]
    use_signed_timestamps: bool,
    /// Require a log's inclusion proof; a bundle v0.1 and a cosign layer may else do with its promise
    #[arg(long)]
    require_inclusion_proof: bool,
}

/// The embedded roots.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(in crate::cli) enum Instance {
    /// GitHub's own, for attestations of private repositories; it has no logs.
    Github,
    /// The public one at sigstore.dev.
    Production,
    /// For tests of Sigstore itself: anybody can get anything signed.
    Staging,
}

impl Instance {
    /// The instance, to the library.
    pub(in crate::cli) fn embedded(self) -> Embedded {
        match self {
            Self::Github => Embedded::Github,
            Self::Production => Embedded::Production,
            Self::Staging => Embedded::Staging,
        }
    }

    /// As it is typed.
    fn name(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Production => "production",
            Self::Staging => "staging",
        }
    }
}

impl TrustArguments {
    /// The trusted roots, each with the instance that it is of, if that was named.
    fn roots(&self) -> Result<Vec<(Option<Instance>, String, TrustedRoot)>, Problem> {
        let default = (self.trusted_root.is_empty() && self.trust.is_empty()).then_some(Instance::Production);
        let mut roots = Vec::new();
        for path in &self.trusted_root {
            let root = read_root(Some(path), Instance::Production)?;
            roots.push((None, path.display().to_string(), root));
        }
        for instance in self.trust.iter().copied().chain(default) {
            roots.push((Some(instance), instance.name().to_owned(), read_root(None, instance)?));
        }
        Ok(roots)
    }

    /// The one trusted root of a command that takes one, and the witnesses that signatures need there.
    pub(in crate::cli) fn root(&self) -> Result<(TrustedRoot, Requirements), Problem> {
        let mut roots = self.roots()?;
        match (roots.pop(), roots.is_empty()) {
            (Some((instance, _, root)), true) => {
                let instance = instance.map(Instance::embedded);
                Ok((root, TrustDomain::requirements_of(instance, self.requirements())))
            }
            _ => Err(Problem::usage("this command takes one trusted root")),
        }
    }

    /// The trust domains: each root with the witnesses that signatures need there.
    pub(in crate::cli) fn domains(&self) -> Result<Vec<TrustDomain>, Problem> {
        let roots = self.roots()?.into_iter();
        let domains = roots.map(|(instance, name, root)| {
            let requirements =
                TrustDomain::requirements_of(instance.map(Instance::embedded), self.requirements());
            let domain = TrustDomain::new(name.as_str(), &root, requirements);
            domain.map_err(|error| Problem::new(format_args!("{name}: {error}")).code("trust"))
        });
        domains.collect()
    }

    /// The witnesses that were taken away by option.
    pub(in crate::cli) fn insecure(&self) -> impl Iterator<Item = &'static str> {
        let log = self.insecure_ignore_tlog.then_some("ignore-tlog");
        log.into_iter().chain(self.insecure_ignore_sct.then_some("ignore-sct"))
    }

    /// The options, as they were typed.
    pub(in crate::cli) fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        for path in &self.trusted_root {
            words.extend(["--trusted-root".to_owned(), path.display().to_string()]);
        }
        for instance in &self.trust {
            words.extend(["--trust".to_owned(), instance.name().to_owned()]);
        }
        let switches = [
            (self.insecure_ignore_tlog, "--insecure-ignore-tlog"),
            (self.insecure_ignore_sct, "--insecure-ignore-sct"),
            (self.use_signed_timestamps, "--use-signed-timestamps"),
            (self.require_inclusion_proof, "--require-inclusion-proof"),
        ];
        words.extend(switches.into_iter().filter(|(on, _)| *on).map(|(_, word)| word.to_owned()));
        words
    }

    /// The requirements that the options make.
    pub(in crate::cli) fn requirements(&self) -> Requirements {
        let mut requirements = Requirements::strict();
        if self.insecure_ignore_tlog {
            requirements = requirements.insecure_ignore_transparency_log();
        }
        if self.insecure_ignore_sct {
            requirements = requirements.insecure_ignore_certificate_timestamp();
        }
        if self.use_signed_timestamps {
            requirements = requirements.require_signed_timestamp();
        }
        if self.require_inclusion_proof {
            requirements = requirements.require_inclusion_proof();
        }
        requirements
    }
}

/// Reads a trusted root, or takes the cached or embedded one of an instance.
pub(in crate::cli) fn read_root(file: Option<&Path>, instance: Instance) -> Result<TrustedRoot, Problem> {
    let Some(path) = file else { return cache::trusted_root(instance.embedded()) };
    let bytes = archive::read_or_file(path, FileRole::TrustedRoot, limits::TRUSTED_ROOT_BYTES)?;
    TrustedRoot::from_slice(&bytes).map_err(|error| {
        Problem::new(format_args!("{}: {error}", path.display()))
            .code("trust")
            .hint("it must be a trusted_root.json, such as cosign trusted-root create writes")
    })
}
