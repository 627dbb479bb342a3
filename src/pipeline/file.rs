//! What is asked of a file, with the bundles that came with it.

use super::Asked;
use super::Held;
use super::Proven;
use super::TrustDomain;
use crate::bundle::BundleFile;
use crate::bundle::Candidate;
use crate::bundle::FileFormat;
use crate::bundle::NPM_PUBLISH;
use crate::crypto::NpmKey;
use crate::intoto;
use crate::intoto::Statement;
use crate::json;
use crate::verify::Artifact;
use crate::verify::Blob;
use crate::verify::Failure;
use crate::verify::ImageSignature;
use crate::verify::Rejected;
use crate::verify::SignerPolicy;
use crate::verify::Verified;
use crate::verify::VerifyError;

/// What must be there, by whom, and whose word counts.
pub struct FileInquiry {
    /// Each of these must be there; without any, one proof of whatever kind is enough, and of a package of npm
    /// (its registry's file, or its keys are given) both what was published and where it was built.
    pub asked: Vec<Asked>,
    /// Whose it must be: any of them.
    pub signers: Vec<SignerPolicy>,
    /// Who may sign for an npm registry that a package was published.
    pub npm_keys: Vec<NpmKey>,
    /// Wholly within one of these.
    pub domains: Vec<TrustDomain>,
}

/// What came of a file.
#[derive(Debug)]
pub struct FileVerification {
    /// The proofs, or why there is none.
    pub result: Result<Vec<Held>, Failure>,
    /// Bundles that do not hold, beside proofs that do.
    pub rejected: Vec<Rejected>,
}

impl FileInquiry {
    /// Judges the bundles of a file:
    ///
    /// 1. Each is verified in each trust domain for each signer until it holds, wholly within one.
    /// 2. Each kind that is asked for must be there.
    /// 3. Of a package of npm, if no kind is asked for: the registry signed that it was published, somebody else
    ///    where it was built, and both name the same package and version (GHSA-r2xv-vpr2-42m9).
    #[must_use]
    pub fn judge(&self, file: &BundleFile, artifact: &Artifact<'_>) -> FileVerification {
        let (mut held, mut others, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
        // 1.
        for candidate in &file.candidates {
            match self.one(candidate, artifact) {
                Ok(proof) if self.is_asked(&proof) => held.push(proof),
                Ok(proof) => others.push(self.other(&proof)),
                Err(error) => {
                    rejected.push(Rejected { origin: candidate.origin.clone(), kind: candidate.kind, error });
                }
            }
        }
        // 2.
        let lacking = self.asked.iter().find(|asked| !held.iter().any(|held| is(asked, held)));
        let lacking = match lacking {
            Some(asked) => Some(asked.noun()),
            // 3.
            None if self.asked.is_empty() && self.is_npm(file) => npm(&held, &mut rejected),
            None => held.is_empty().then(|| "signature or attestation".to_owned()),
        };
        // What holds and is of another type says most.
        let mut others = others.into_iter();
        let result = match (lacking, others.next()) {
            (None, first) => {
                rejected.extend(first);
                Ok(held)
            }
            (Some(wanted), None) => Err(Failure::new(wanted, std::mem::take(&mut rejected))),
            (Some(wanted), Some(first)) => {
                let others = others.by_ref().chain(std::mem::take(&mut rejected)).collect();
                Err(Failure::Refused { wanted, most_specific: Box::new(first), others })
            }
        };
        rejected.extend(others);
        FileVerification { result, rejected }
    }

    /// How the file is put together is the choice of whoever hands it out; the registry's keys are the caller's.
    fn is_npm(&self, file: &BundleFile) -> bool {
        file.format == FileFormat::Npm || !self.npm_keys.is_empty()
    }

    /// One bundle; the error is the one that says most.
    fn one(&self, candidate: &Candidate, artifact: &Artifact<'_>) -> Result<Held, VerifyError> {
        let mut most: Option<VerifyError> = None;
        for domain in &self.domains {
            let keys = self.npm_keys.iter().map(|key| (SignerPolicy::Key(key.key.clone()), Some(key)));
            for (signer, npm) in self.signers.iter().cloned().map(|signer| (signer, None)).chain(keys) {
                let result = domain.verifier().blob(artifact, candidate, &signer, domain.requirements());
                match result.and_then(|proof| within(proof, npm)) {
                    Ok(proof) => return Ok(held(proof, domain)),
                    Err(error) if most.as_ref().is_none_or(|most| error.rank() > most.rank()) => {
                        most = Some(error);
                    }
                    Err(_) => {}
                }
            }
        }
        Err(most.unwrap_or_else(|| VerifyError::Refused("nobody is trusted".to_owned())))
    }

    fn is_asked(&self, held: &Held) -> bool {
        self.asked.is_empty() || self.asked.iter().any(|asked| is(asked, held))
    }

    fn other(&self, held: &Held) -> Rejected {
        let expected = self.asked.iter().map(Asked::noun).collect();
        let found = match held.proof.value() {
            Proven::Attestation(statement) => statement.predicate_type().to_owned(),
            Proven::Signature(_) => "a signature of the file".to_owned(),
        };
        let error = VerifyError::PredicateType { expected, found };
        Rejected { origin: held.proof.origin().clone(), kind: held.proof.kind(), error }
    }
}

fn held(proof: Verified<Blob>, domain: &TrustDomain) -> Held {
    let domain = domain.name().to_owned();
    let proof = proof.try_map(|blob| {
        Ok::<_, std::convert::Infallible>(match blob {
            Blob::Attestation(statement) => Proven::Attestation(statement),
            Blob::Signature => Proven::Signature(ImageSignature::default()),
        })
    });
    match proof {
        Ok(proof) => Held { proof, domain },
        Err(never) => match never {},
    }
}

/// A key of a registry signs for it, within its time, and nothing else.
fn within(proof: Verified<Blob>, key: Option<&NpmKey>) -> Result<Verified<Blob>, VerifyError> {
    let Some(key) = key else { return Ok(proof) };
    match proof.value() {
        Blob::Attestation(statement) if statement.predicate_type() == NPM_PUBLISH => {}
        Blob::Attestation(statement) => {
            let (expected, found) = (vec![NPM_PUBLISH.to_owned()], statement.predicate_type().to_owned());
            return Err(VerifyError::PredicateType { expected, found });
        }
        Blob::Signature => {
            return Err(VerifyError::Refused(
                "a key of a package registry signs attestations only".to_owned(),
            ));
        }
    }
    let late = |until| proof.checks().times.iter().find(|time| **time > until);
    match key.until.and_then(late) {
        Some(time) => {
            Err(VerifyError::Refused(format!("signed at {time}, when the key was not valid any more")))
        }
        None => Ok(proof),
    }
}

fn is(asked: &Asked, held: &Held) -> bool {
    match (asked, held.proof.value()) {
        (Asked::Signature, Proven::Signature(_)) => true,
        (Asked::AnyAttestation, Proven::Attestation(statement)) => {
            statement.predicate_type() != intoto::COSIGN_SIGN_V1
        }
        (Asked::Attestation(predicate_type), Proven::Attestation(statement)) => {
            predicate_type.accepts(statement.predicate_type())
        }
        _ => false,
    }
}

/// What a package of npm lacks.
fn npm(held: &[Held], rejected: &mut Vec<Rejected>) -> Option<String> {
    let statements = held.iter().filter_map(|held| match held.proof.value() {
        Proven::Attestation(statement) => Some((held, statement)),
        Proven::Signature(_) => None,
    });
    let (publish, provenance): (Vec<_>, Vec<_>) =
        statements.partition(|(_, statement)| statement.predicate_type() == NPM_PUBLISH);
    let Some((publish, published)) = publish.first() else {
        return Some("publish attestation of the registry".to_owned());
    };
    if provenance.is_empty() {
        return Some("provenance of the package".to_owned());
    }
    let name = |held: &Held, statement: &Statement| {
        let subject = statement.subject(held.proof.subject());
        subject.and_then(|subject| subject.name()).unwrap_or_default().to_owned()
    };
    let package = name(publish, published);
    let said = npm_purl(published).unwrap_or_default();
    let others = provenance.iter().map(|(held, statement)| (name(held, statement), *held));
    for (other, held) in others.chain([(said, *publish)]) {
        if other != package || package.is_empty() {
            let error = VerifyError::Package { publish: package, provenance: other };
            rejected.push(Rejected { origin: held.proof.origin().clone(), kind: held.proof.kind(), error });
            return Some("attestations of one package".to_owned());
        }
    }
    None
}

/// The package that a publish attestation says in its predicate.
fn npm_purl(statement: &Statement) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Published {
        name: String,
        version: String,
    }
    let Published { name, version } = json::from_slice(statement.predicate().get().as_bytes()).ok()?;
    Some(format!("pkg:npm/{}@{version}", name.replace('@', "%40")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::verify::Signer;

    /// A proof about one tarball.
    fn proof(predicate_type: &str, name: &str, predicate: &str) -> Held {
        let digest = Digest::sha256(b"tarball");
        let text = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"{name}","digest":{{"sha256":"{}"}}}}],
            "predicateType":"{predicate_type}","predicate":{predicate}}}"#,
            digest.hex()
        );
        let statement = Statement::from_slice(text.as_bytes()).unwrap();
        let proof = Verified::for_test(Proven::Attestation(statement), digest, Signer::Key(digest));
        Held { proof, domain: String::new() }
    }

    fn lacks(held: &[Held]) -> Option<String> {
        npm(held, &mut Vec::new())
    }

    const PURL: &str = "pkg:npm/%40scope/app@1.0.0";
    const SLSA: &str = "https://slsa.dev/provenance/v1";
    const PREDICATE: &str =
        r#"{"name":"@scope/app","version":"1.0.0","registry":"https://registry.npmjs.org"}"#;

    /// GHSA-r2xv-vpr2-42m9: what one tarball is called must be one name, in all of its attestations.
    #[test]
    fn one_package_has_one_name() {
        let built = || proof(SLSA, PURL, "{}");
        let published = |name: &str, predicate: &str| proof(NPM_PUBLISH, name, predicate);
        assert_eq!(lacks(&[built(), published(PURL, PREDICATE)]), None);
        assert!(lacks(&[built()]).unwrap().contains("publish"));
        assert!(lacks(&[published(PURL, PREDICATE)]).unwrap().contains("provenance"));
        let other = "pkg:npm/other@1.0.0";
        for held in [
            [built(), published(other, PREDICATE)],
            [built(), published(other, r#"{"name":"other","version":"1.0.0"}"#)],
            [built(), published(PURL, r#"{"name":"@scope/app","version":"1.0.1"}"#)],
            [built(), published(PURL, "{}")],
            [proof(SLSA, other, "{}"), published(PURL, PREDICATE)],
            [proof(SLSA, "", "{}"), published("", "{}")],
        ] {
            let mut rejected = Vec::new();
            assert!(npm(&held, &mut rejected).unwrap().contains("one package"));
            assert_eq!(rejected[0].error.rule(), "npm.package");
        }
    }
}
