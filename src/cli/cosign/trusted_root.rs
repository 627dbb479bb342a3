//! `cosign trusted-root create`: a trusted root out of certificate chains and public keys.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use jiff::Timestamp;
use portcullis::limits;
use portcullis::trust::BuildError;
use portcullis::trust::Builder;
use portcullis::trust::Chain;
use portcullis::trust::LogKey;
use portcullis::trust::Role;
use portcullis::trust::Window;

use super::arguments::GlobalFlags;
use super::error::Failure;
use super::error::Result;
use super::initialize;
use crate::cli::context;
use crate::cli::output;
use crate::cli::output::say;

/// Tools for interacting with a Sigstore protobuf trusted root
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Create(Box<Options>),
}

/// Create a Sigstore protobuf trusted root by supplying verification material
///
/// Each service is specified via a repeatable flag (--fulcio, --rekor, --ctfe, --tsa) that takes a comma-separated
/// list of key-value pairs.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// ctfe service specification. Required keys: url, public-key (path to PEM-encoded public key), start-time.
    /// Optional keys: end-time, origin
    #[arg(long, value_name = "SPEC")]
    ctfe: Vec<String>,
    /// fulcio service specification. Required keys: url, certificate-chain (path to PEM-encoded certificate
    /// chain). Optional keys: start-time, end-time
    #[arg(long, value_name = "SPEC")]
    fulcio: Vec<String>,
    /// removes the default CTFE URLs from the trusted root
    #[arg(long)]
    no_default_ctfe: bool,
    /// removes the default Fulcio URLs from the trusted root
    #[arg(long)]
    no_default_fulcio: bool,
    /// removes the default Rekor URLs from the trusted root
    #[arg(long)]
    no_default_rekor: bool,
    /// removes the default TSA URLs from the trusted root
    #[arg(long)]
    no_default_tsa: bool,
    /// path to output trusted root
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// rekor service specification. Required keys: url, public-key (path to PEM-encoded public key), start-time.
    /// Optional keys: end-time, origin
    #[arg(long, value_name = "SPEC")]
    rekor: Vec<String>,
    /// timestamping authority specification. Required keys: url, certificate-chain (path to PEM-encoded
    /// certificate chain). Optional keys: start-time, end-time
    #[arg(long, value_name = "SPEC")]
    tsa: Vec<String>,
    /// use the cached or embedded trusted root of Sigstore as default values
    #[arg(long)]
    with_default_services: bool,
    #[command(flatten)]
    deprecated: Deprecated,
}

/// The flags before the specifications: the first value of each belongs to the first key, and so on.
#[derive(Args, Debug)]
struct Deprecated {
    #[arg(long, hide = true)]
    certificate_chain: Vec<String>,
    #[arg(long, hide = true)]
    ctfe_end_time: Vec<String>,
    #[arg(long, hide = true)]
    ctfe_key: Vec<String>,
    #[arg(long, hide = true)]
    ctfe_start_time: Vec<String>,
    #[arg(long, hide = true)]
    ctfe_url: Vec<String>,
    #[arg(long, hide = true)]
    fulcio_uri: Vec<String>,
    #[arg(long, hide = true)]
    rekor_end_time: Vec<String>,
    #[arg(long, hide = true)]
    rekor_key: Vec<String>,
    #[arg(long, hide = true)]
    rekor_start_time: Vec<String>,
    #[arg(long, hide = true)]
    rekor_url: Vec<String>,
    #[arg(long, hide = true)]
    timestamp_certificate_chain: Vec<String>,
    #[arg(long, hide = true)]
    timestamp_uri: Vec<String>,
}

/// Runs the command.
pub(super) fn run(command: &Command, global: &GlobalFlags) -> Result {
    let Command::Create(options) = command;
    options.refuse_both_kinds()?;
    let builder = options.defaults(Builder::default())?;
    let builder = options.fulcio(builder)?;
    let builder = options.ctfe(builder)?;
    let builder = options.rekor(builder)?;
    let mut document = options.tsa(builder)?.to_json();
    match &options.out {
        Some(path) => output::write_file(path, &document)?,
        None => {
            document.push(b'\n');
            global.stdout(|out| out.write_all(&document))?;
        }
    }
    Ok(())
}

impl Options {
    fn refuse_both_kinds(&self) -> Result {
        let old = &self.deprecated;
        let given = |lists: &[&Vec<String>]| lists.iter().any(|list| !list.is_empty());
        let kinds = [
            ("fulcio", !self.fulcio.is_empty(), given(&[&old.certificate_chain, &old.fulcio_uri])),
            (
                "rekor",
                !self.rekor.is_empty(),
                given(&[&old.rekor_key, &old.rekor_url, &old.rekor_start_time, &old.rekor_end_time]),
            ),
            (
                "ctfe",
                !self.ctfe.is_empty(),
                given(&[&old.ctfe_key, &old.ctfe_url, &old.ctfe_start_time, &old.ctfe_end_time]),
            ),
            ("tsa", !self.tsa.is_empty(), given(&[&old.timestamp_certificate_chain, &old.timestamp_uri])),
        ];
        match kinds.iter().find(|(_, new, old)| *new && *old) {
            Some((name, ..)) => {
                Err(Failure::new(format!("cannot use --{name} and old {name} flags at the same time")))
            }
            None => Ok(()),
        }
    }

    fn defaults(&self, mut builder: Builder) -> Result<Builder> {
        if !self.with_default_services {
            return Ok(builder);
        }
        let root =
            initialize::trusted_root().map_err(|failure| failure.context("getting default trusted root"))?;
        let roles = [
            (self.no_default_fulcio, Role::CertificateAuthority),
            (self.no_default_ctfe, Role::CertificateLog),
            (self.no_default_rekor, Role::TransparencyLog),
            (self.no_default_tsa, Role::TimestampAuthority),
        ];
        for (_, role) in roles.into_iter().filter(|(without, _)| !without) {
            builder = builder.copy(&root, role);
        }
        Ok(builder)
    }

    fn fulcio(&self, mut builder: Builder) -> Result<Builder> {
        for text in &self.fulcio {
            let in_spec = |failure: Failure| failure.context("parsing fulcio spec");
            let spec = Spec::parse(text, "fulcio", &["url", "certificate-chain"]).map_err(in_spec)?;
            let chain = chain(spec.value("certificate-chain"))
                .map_err(|failure| in_spec(failure.context("parsing Fulcio certificate-chain")))?;
            let window = spec.window(chain.root_not_before()).map_err(in_spec)?;
            builder = builder.certificate_authority(&chain, spec.value("url"), window);
        }
        for (index, path) in self.deprecated.certificate_chain.iter().enumerate() {
            let chain = chain(path)?;
            let window = Window { from: chain.root_not_before(), until: None };
            builder = builder.certificate_authority(&chain, nth(&self.deprecated.fulcio_uri, index), window);
        }
        Ok(builder)
    }

    fn ctfe(&self, mut builder: Builder) -> Result<Builder> {
        for text in &self.ctfe {
            let (spec, key, window) =
                log_spec(text).map_err(|failure| failure.context("parsing ctfe spec"))?;
            builder = builder.certificate_log(&key, spec.value("url"), window).map_err(refused)?;
        }
        let old = &self.deprecated;
        for (index, path) in old.ctfe_key.iter().enumerate() {
            let window = old_window(&old.ctfe_start_time, &old.ctfe_end_time, index)?;
            let (key, url) = (log_key(path)?, nth(&old.ctfe_url, index));
            builder = builder.certificate_log(&key, url, window).map_err(refused)?;
        }
        Ok(builder)
    }

    fn rekor(&self, mut builder: Builder) -> Result<Builder> {
        for text in &self.rekor {
            let (spec, key, window) =
                log_spec(text).map_err(|failure| failure.context("parsing rekor spec"))?;
            let key = match spec.0.get("origin") {
                Some(origin) => key.with_origin(origin),
                None => key,
            };
            builder = builder.transparency_log(&key, spec.value("url"), window).map_err(refused)?;
        }
        let old = &self.deprecated;
        for (index, text) in old.rekor_key.iter().enumerate() {
            let (path, origin) = text.split_once(',').unwrap_or((text, ""));
            let key = log_key(path)?;
            let key = if origin.is_empty() { key } else { key.with_origin(origin) };
            let window = old_window(&old.rekor_start_time, &old.rekor_end_time, index)?;
            builder = builder.transparency_log(&key, nth(&old.rekor_url, index), window).map_err(refused)?;
        }
        Ok(builder)
    }

    fn tsa(&self, mut builder: Builder) -> Result<Builder> {
        for text in &self.tsa {
            let in_spec = |failure: Failure| failure.context("parsing tsa spec");
            let spec = Spec::parse(text, "tsa", &["url", "certificate-chain"]).map_err(in_spec)?;
            let chain = chain(spec.value("certificate-chain"))
                .map_err(|failure| in_spec(failure.context("parsing TSA certificate-chain")))?;
            let window = spec.window(chain.leaf_not_before()).map_err(in_spec)?;
            let added = builder.timestamp_authority(&chain, spec.value("url"), window);
            builder = added.map_err(|error| in_spec(refused(error)))?;
        }
        for (index, path) in self.deprecated.timestamp_certificate_chain.iter().enumerate() {
            let chain = chain(path)?;
            let window = Window { from: chain.root_not_before(), until: None };
            let uri = nth(&self.deprecated.timestamp_uri, index);
            let added = builder.timestamp_authority(&chain, uri, window).map_err(refused)?;
            if chain.count() < 2 {
                return Err(Failure::new("certificate chain must have at least two certificates"));
            }
            builder = added;
        }
        Ok(builder)
    }
}

/// `key=value,key=value`.
struct Spec(BTreeMap<String, String>);

impl Spec {
    fn parse(text: &str, kind: &str, required: &[&str]) -> Result<Self> {
        let mut values = BTreeMap::new();
        for pair in text.split(',') {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| Failure::new(format!("invalid key-value pair: {pair}")))?;
            values.insert(key.trim().to_owned(), value.trim().to_owned());
        }
        match required.iter().find(|key| values.get(**key).is_none_or(String::is_empty)) {
            Some(key) => Err(Failure::new(format!("missing or empty required key '{key}' in {kind} spec"))),
            None => Ok(Self(values)),
        }
    }

    /// Empty if absent.
    fn value(&self, key: &str) -> &str {
        self.0.get(key).map(String::as_str).unwrap_or_default()
    }

    fn window(&self, from: Timestamp) -> Result<Window> {
        let read = |key: &str| match self.value(key) {
            "" => Ok(None),
            text => time(text).map(Some).map_err(|failure| failure.context(&format!("parsing {key}"))),
        };
        Ok(Window { from: read("start-time")?.unwrap_or(from), until: read("end-time")? })
    }
}

fn log_spec(text: &str) -> Result<(Spec, LogKey, Window)> {
    let spec = Spec::parse(text, "tlog", &["url", "public-key", "start-time"])?;
    let key = log_key(spec.value("public-key")).map_err(|failure| failure.context("parsing public-key"))?;
    let window = spec.window(Timestamp::UNIX_EPOCH)?;
    Ok((spec, key, window))
}

fn old_window(starts: &[String], ends: &[String], index: usize) -> Result<Window> {
    let read = |list: &[String]| list.get(index).map(|text| time(text)).transpose();
    Ok(Window { from: read(starts)?.unwrap_or(Timestamp::UNIX_EPOCH), until: read(ends)? })
}

fn nth(list: &[String], index: usize) -> &str {
    list.get(index).map(String::as_str).unwrap_or_default()
}

fn chain(path: &str) -> Result<Chain> {
    let chain = Chain::from_pem(&read(path)?).map_err(|error| match error {
        BuildError::Empty => Failure::new(format!("no certificates in file {path}")),
        error => refused(error),
    })?;
    if let Err(error) = chain.check_links() {
        // cosign writes it all the same, and who reads it may trust each certificate by itself.
        say(format_args!("warning: {path}: {error}"));
    }
    Ok(chain)
}

fn log_key(path: &str) -> Result<LogKey> {
    LogKey::from_pem(&read(path)?).map_err(refused)
}

fn refused(error: BuildError) -> Failure {
    Failure::new(error.to_string())
}

/// Reads a file, and says what Go would of one that is not there.
pub(super) fn read(path: &str) -> Result<Vec<u8>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Failure::new(format!("open {path}: no such file or directory")))
        }
        _ => Ok(context::read_file(Path::new(path), limits::TRUSTED_ROOT_BYTES)?),
    }
}

/// Go's `time.RFC3339`: upper-case letters, a colon in the offset, no leap second.
fn time(text: &str) -> Result<Timestamp> {
    let shape = text.get(..19).is_some_and(|start| {
        start.bytes().zip("0000-00-00T00:00:00".bytes()).all(|(found, expected)| match expected {
            b'0' => found.is_ascii_digit(),
            other => found == other,
        })
    });
    let rest =
        text.get(19..).unwrap_or_default().trim_start_matches(|char: char| "0123456789.".contains(char));
    let zone =
        rest == "Z" || (rest.len() == 6 && rest.starts_with(['+', '-']) && rest.get(3..4) == Some(":"));
    let leap = text.get(17..19) == Some("60");
    let parsed = if shape && zone && !leap { text.parse().ok() } else { None };
    parsed.ok_or_else(|| {
        Failure::new(format!("parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse it"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What cosign 3.1.1 takes and refuses.
    #[test]
    fn times() {
        let good = [
            ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
            ("2025-01-01T00:00:00+02:00", "2024-12-31T22:00:00Z"),
            ("2025-02-01T00:00:00.5Z", "2025-02-01T00:00:00.5Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ];
        for (text, expected) in good {
            assert_eq!(time(text).unwrap().to_string(), expected);
        }
        for text in [
            "2024",
            "",
            "2024-01-01t00:00:00z",
            "2024-01-01T24:00:00Z",
            "2024-01-01 00:00:00Z",
            "2016-12-31T23:59:60Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00+0200",
            "2024-01-01T00:00:00Z[UTC]",
        ] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
