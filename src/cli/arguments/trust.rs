//! Whose word counts, and which witnesses a signature needs.

use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;
use portcullis::limits;
use portcullis::source::FileRole;
use portcullis::trust::Embedded;
use portcullis::trust::TrustedRoot;
use portcullis::verify::Requirements;
use portcullis::verify::Verifier;

use crate::cli::archive;
use crate::cli::cache;
use crate::cli::output::Problem;

/// Whose word counts, and which witnesses a signature needs.
#[derive(Args, Debug)]
#[command(next_help_heading = "Trust")]
pub(in crate::cli) struct TrustArguments {
    /// Trusted root in Sigstore's format (trusted_root.json), instead of an embedded one; oci-archive:FILE takes
    /// the one in an archive of evidence, whose maker then says whom to trust
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) trusted_root: Option<PathBuf>,
    /// Which embedded root: whose certificates, logs and timestamps are trusted
    #[arg(long, value_enum, value_name = "INSTANCE", default_value_t = Instance::Production, conflicts_with = "trusted_root")]
    pub(in crate::cli) trust: Instance,
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
}

impl TrustArguments {
    /// The trusted root.
    pub(in crate::cli) fn root(&self) -> Result<TrustedRoot, Problem> {
        read_root(self.trusted_root.as_deref(), self.trust)
    }

    /// A verifier for the trusted root.
    pub(in crate::cli) fn verifier(&self) -> Result<Verifier, Problem> {
        Verifier::new(&self.root()?).map_err(Problem::new)
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
    TrustedRoot::from_slice(&bytes).map_err(|error| Problem::new(format_args!("{}: {error}", path.display())))
}
