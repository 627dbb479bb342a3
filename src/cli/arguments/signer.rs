//! Whose signature counts.

use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use portcullis::crypto::PublicKey;
use portcullis::identity::CLAIMS;
use portcullis::identity::IdentityPolicy;
use portcullis::identity::Matcher;
use portcullis::limits;
use portcullis::verify::SignerPolicy;

use crate::cli::context;
use crate::cli::output::Problem;
use crate::cli::output::say;

/// Whose signature counts.
#[derive(Args, Debug)]
#[command(next_help_heading = "Signer")]
pub(in crate::cli) struct SignerArguments {
    /// Identity in the signing certificate, exactly: email address, URI or user name; repeated: any of them
    #[arg(long, visible_alias = "identity", value_name = "IDENTITY")]
    certificate_identity: Vec<String>,
    /// Regular expression for the identity; matches anywhere, so anchor it with ^ and $
    #[arg(long, value_name = "REGEXP", conflicts_with = "certificate_identity")]
    certificate_identity_regexp: Vec<String>,
    /// OIDC issuer in the signing certificate, exactly; none: the certificate must state no issuer
    #[arg(long, visible_alias = "issuer", value_name = "URL")]
    certificate_oidc_issuer: Option<String>,
    /// Regular expression for the issuer; matches anywhere, so anchor it with ^ and $
    #[arg(long, value_name = "REGEXP", conflicts_with = "certificate_oidc_issuer")]
    certificate_oidc_issuer_regexp: Option<String>,
    /// One signer as a whole, such as identity=...,issuer=... or key=FILE; repeated: any of them
    ///
    /// The parts are identity or identity-regexp, issuer or issuer-regexp, and the claims of the certificate
    /// that the policy file knows, such as github-workflow-ref.
    #[arg(long, value_name = "NAME=VALUE,...")]
    signer: Vec<String>,
    /// GitHub event that ran the workflow
    #[arg(long, value_name = "EVENT")]
    certificate_github_workflow_trigger: Option<String>,
    /// Commit that the workflow ran for
    #[arg(long, value_name = "SHA")]
    certificate_github_workflow_sha: Option<String>,
    /// Name of the workflow
    #[arg(long, value_name = "NAME")]
    certificate_github_workflow_name: Option<String>,
    /// Repository that the workflow ran in
    #[arg(long, value_name = "OWNER/NAME")]
    certificate_github_workflow_repository: Option<String>,
    /// Git ref that the workflow ran for
    #[arg(long, value_name = "REF")]
    certificate_github_workflow_ref: Option<String>,
    /// PEM public key that must have signed, instead of an identity; repeated: any of them
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// Accept every identity: shows that somebody signed, not who
    #[arg(long)]
    insecure_any_identity: bool,
}

impl SignerArguments {
    /// The policies that the options make: any of them is enough. Nobody is trusted unless named.
    pub(in crate::cli) fn policies(&self) -> Result<Vec<SignerPolicy>, Problem> {
        let mut identities = self.identities()?;
        self.check_claims(!identities.is_empty())?;
        let mut keys: Vec<PublicKey> =
            self.key.iter().map(|path| read_key(path)).collect::<Result<_, _>>()?;
        for text in &self.signer {
            match read_signer(text)? {
                SignerPolicy::Identities(more) => identities.extend(more),
                SignerPolicy::Key(key) => keys.push(key),
            }
        }
        if identities.is_empty() && keys.is_empty() {
            return Err(missing("--certificate-identity or --certificate-identity-regexp"));
        }
        for pattern in identities.iter().flat_map(IdentityPolicy::unanchored) {
            say(format_args!(
                "warning: {pattern:?} is not anchored with ^ and $, so it also matches longer names"
            ));
        }
        let identities = (!identities.is_empty()).then_some(SignerPolicy::Identities(identities));
        Ok(identities.into_iter().chain(keys.into_iter().map(SignerPolicy::Key)).collect())
    }

    /// Whether no identity is compared.
    pub(in crate::cli) fn any_identity(&self) -> bool {
        self.insecure_any_identity
    }

    /// The claims that were asked for, as they were typed.
    pub(in crate::cli) fn claim_words(&self) -> Vec<String> {
        self.claims().flat_map(|(name, value)| [format!("--certificate-{name}"), value]).collect()
    }

    /// The identities of the options that name one part each.
    fn identities(&self) -> Result<Vec<IdentityPolicy>, Problem> {
        let named = !self.certificate_identity.is_empty() || !self.certificate_identity_regexp.is_empty();
        if named && !self.key.is_empty() {
            return Err(Problem::usage("--key and --certificate-identity exclude each other")
                .hint("for either of both: --signer identity=...,issuer=... --signer key=FILE"));
        }
        let issuer = matcher(&self.certificate_oidc_issuer, &self.certificate_oidc_issuer_regexp)?;
        let exact = self.certificate_identity.iter().map(|exact| Ok(Matcher::Exact(exact.clone())));
        let patterns = self.certificate_identity_regexp.iter().map(|text| pattern(text));
        let sans: Vec<Matcher> = exact.chain(patterns).collect::<Result<_, _>>()?;
        let policies = match (issuer, self.insecure_any_identity) {
            (None, true) if sans.is_empty() => {
                say(
                    "warning: --insecure-any-identity: no identity is compared; this shows that somebody signed, not who",
                );
                vec![IdentityPolicy::any_identity_insecure()]
            }
            (_, true) => {
                return Err(Problem::usage("--insecure-any-identity goes without identity and issuer"));
            }
            (Some(_), false) if sans.is_empty() => {
                return Err(missing("--certificate-identity or --certificate-identity-regexp"));
            }
            (None, false) if !sans.is_empty() => {
                return Err(missing("--certificate-oidc-issuer or --certificate-oidc-issuer-regexp"));
            }
            (None, false) => Vec::new(),
            (Some(issuer), false) => {
                sans.into_iter().map(|san| IdentityPolicy::new(san, issuer.clone())).collect()
            }
        };
        let claim = |policy: IdentityPolicy| {
            self.claims().try_fold(policy, |policy, (name, value)| policy.with_claim(name, value))
        };
        policies.into_iter().map(claim).collect::<Result<_, _>>().map_err(Problem::usage)
    }

    /// A claim belongs to the identity beside it: for another signer it would ask nothing.
    fn check_claims(&self, identity: bool) -> Result<(), Problem> {
        match self.claims().next() {
            Some((name, _)) if !identity || !self.signer.is_empty() => Err(Problem::usage(format_args!(
                "--certificate-{name} goes with --certificate-identity alone"
            ))
            .hint(format!("for one of several signers: --signer identity=...,issuer=...,{name}=..."))),
            _ => Ok(()),
        }
    }

    fn claims(&self) -> impl Iterator<Item = (&'static str, String)> {
        let claims = [
            ("github-workflow-trigger", &self.certificate_github_workflow_trigger),
            ("github-workflow-sha", &self.certificate_github_workflow_sha),
            ("github-workflow-name", &self.certificate_github_workflow_name),
            ("github-workflow-repository", &self.certificate_github_workflow_repository),
            ("github-workflow-ref", &self.certificate_github_workflow_ref),
        ];
        claims.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)))
    }
}

/// One `--signer`.
fn read_signer(text: &str) -> Result<SignerPolicy, Problem> {
    let problem = |reason: String| {
        Problem::usage(format_args!("--signer {text:?}: {reason}"))
            .hint("write identity=...,issuer=... or key=FILE; identity-regexp and issuer-regexp are patterns")
    };
    let (mut san, mut issuer, mut claims) = (None, None, Vec::new());
    let parts = parts(text).ok_or_else(|| problem("it does not start with the name of a part".to_owned()))?;
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in &parts {
        if seen.contains(name) {
            return Err(problem(format!("{name} appears twice")));
        }
        seen.push(name);
        let twice = || problem(format!("{name} comes beside another one"));
        match *name {
            "key" if parts.len() == 1 => return Ok(SignerPolicy::Key(read_key(Path::new(value))?)),
            "key" => return Err(problem("a key has no other parts".to_owned())),
            "identity" => san = Some(san.map_or(Ok(Matcher::Exact(value.clone())), |_| Err(twice()))?),
            "identity-regexp" => san = Some(san.map_or_else(|| pattern(value), |_| Err(twice()))?),
            "issuer" => issuer = Some(issuer.map_or_else(|| Ok(exact_issuer(value)), |_| Err(twice()))?),
            "issuer-regexp" => issuer = Some(issuer.map_or_else(|| pattern(value), |_| Err(twice()))?),
            claim => claims.push((claim, value.clone())),
        }
    }
    let (Some(san), Some(issuer)) = (san, issuer) else {
        return Err(problem("identity and issuer are both required".to_owned()));
    };
    let policy = claims
        .into_iter()
        .try_fold(IdentityPolicy::new(san, issuer), |policy, (name, value)| policy.with_claim(name, value));
    policy.map(|policy| SignerPolicy::Identities(vec![policy])).map_err(|error| problem(error.to_string()))
}

/// Cuts at the commas that a known name and `=` follow, so that a value may have commas of its own.
fn parts(text: &str) -> Option<Vec<(&'static str, String)>> {
    let mut parts: Vec<(&'static str, String)> = Vec::new();
    for piece in text.split(',') {
        let known = piece.split_once('=').and_then(|(name, value)| Some((part_name(name)?, value)));
        match (known, parts.last_mut()) {
            (Some((name, value)), _) => parts.push((name, value.to_owned())),
            (None, Some((_, value))) => {
                value.push(',');
                value.push_str(piece);
            }
            (None, None) => return None,
        }
    }
    Some(parts)
}

fn part_name(name: &str) -> Option<&'static str> {
    let own = ["identity", "identity-regexp", "issuer", "issuer-regexp", "key"];
    own.into_iter().chain(CLAIMS.iter().map(|(claim, _)| *claim)).find(|known| *known == name)
}

fn missing(option: &str) -> Problem {
    Problem::usage(format_args!("{option} is required for keyless verification"))
        .hint("name the signer, or give --key FILE for a signature by a key")
}

fn matcher(exact: &Option<String>, text: &Option<String>) -> Result<Option<Matcher>, Problem> {
    match (exact, text) {
        (Some(exact), _) => Ok(Some(exact_issuer(exact))),
        (None, Some(text)) => pattern(text).map(Some),
        (None, None) => Ok(None),
    }
}

/// GitHub signs releases with certificates that state no issuer; no issuer is called `none`.
fn exact_issuer(text: &str) -> Matcher {
    if text == "none" { Matcher::Absent } else { Matcher::Exact(text.to_owned()) }
}

fn pattern(text: &str) -> Result<Matcher, Problem> {
    Matcher::pattern(text).map_err(Problem::usage)
}

/// Reads a PEM public key.
pub(in crate::cli) fn read_key(path: &Path) -> Result<PublicKey, Problem> {
    let pem = context::read_file(path, limits::KEY_BYTES)?;
    PublicKey::from_pem(&pem)
        .map_err(|error| Problem::new(format_args!("{}: {error}", path.display())).code("key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_have_commas() {
        let found =
            parts("identity-regexp=^a{1,3}$,issuer=https://i.example,github-workflow-ref=x=y,z").unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let expected = [
            ("identity-regexp", "^a{1,3}$"),
            ("issuer", "https://i.example"),
            ("github-workflow-ref", "x=y,z"),
        ];
        assert_eq!(found, expected);
        assert!(parts("").is_none());
        assert!(parts("identities=a,issuer=b").is_none());
    }

    #[test]
    fn half_a_signer_is_none() {
        assert!(read_signer("identity=a,issuer=b").is_ok());
        assert!(read_signer("identity=a,issuer=none,github-workflow-trigger=push").is_ok());
        for text in [
            "",
            "identity=a",
            "issuer=b",
            "a@example.com",
            "identity=a,identity=b,issuer=c",
            "identity=a,identity-regexp=b,issuer=c",
            "identity=a,issuer=b,issuer-regexp=c",
            "identity-regexp=(,issuer=b",
            "key=/no/such/file",
            "key=a,issuer=b",
        ] {
            assert!(read_signer(text).is_err(), "{text}");
        }
    }
}
