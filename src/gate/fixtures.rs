//! An image with good evidence, for tests to spoil.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Decision;
use super::Evidence;
use super::Failure;
use super::Part;
use super::Policy;
use super::RuleResult;
use super::Status;
use super::evaluate;
use crate::digest::Digest;
use crate::identity::CertificateIdentity;
use crate::oci::PinnedImage;
use crate::oci::Platform;
use crate::oci::PlatformImage;
use crate::predicate::PredicateType;
use crate::scan::Report;
use crate::spdx;
use crate::verify::Signer;
use crate::verify::Verified;

pub(crate) const NOW: &str = "2026-11-23T12:00:00Z";

pub(crate) const SAN: &str = "https://github.com/example/app/.github/workflows/release.yml@refs/tags/v1";
pub(crate) const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// The start of every policy; sections follow.
pub(crate) const TRUST: &str = "version: 1\nsignature:\n  identities:\n\
    \x20   - identity: https://github.com/example/app/.github/workflows/release.yml@refs/tags/v1\n\
    \x20     issuer: https://token.actions.githubusercontent.com\n";

pub(crate) const SPDX: &str = r#"{"spdxVersion":"SPDX-2.3","name":"app","creationInfo":{"created":"2026-11-23T10:00:00Z",
    "creators":["Tool: syft-1.18.1"]},"packages":[{"name":"openssl"},{"name":"musl"}]}"#;

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn policy(sections: &str) -> Policy {
    Policy::from_slice(format!("{TRUST}{sections}").as_bytes()).unwrap()
}

pub(crate) fn digest(name: &str) -> Digest {
    Digest::sha256(name.as_bytes())
}

pub(crate) fn platform(architecture: &str) -> PlatformImage {
    let platform = Platform { os: "linux".to_owned(), architecture: architecture.to_owned(), variant: None };
    let of = |what: &str| digest(&format!("{what} {architecture}"));
    PlatformImage::for_test(of("manifest"), platform, of("config"), vec![digest("layer"), of("layer")])
}

/// A plain image for `linux/amd64`.
pub(crate) fn plain() -> PinnedImage {
    PinnedImage::for_test(digest("manifest amd64"), vec![platform("amd64")])
}

/// An index with `linux/amd64` and `linux/arm64`.
pub(crate) fn index() -> PinnedImage {
    PinnedImage::for_test(digest("index"), vec![platform("amd64"), platform("arm64")])
}

pub(crate) fn signer() -> Signer {
    let issuer = Some(ISSUER.to_owned());
    Signer::Certificate(CertificateIdentity { san: SAN.to_owned(), issuer, claims: BTreeMap::new() })
}

pub(crate) fn stranger() -> Signer {
    let issuer = Some(ISSUER.to_owned());
    Signer::Certificate(CertificateIdentity {
        san: "mallory@example.com".to_owned(),
        issuer,
        claims: BTreeMap::new(),
    })
}

/// A proof about the artifact of that name, by the trusted signer.
pub(crate) fn proof(name: &str) -> Verified<()> {
    Verified::for_test((), digest(name), signer())
}

pub(crate) fn sbom(name: &str) -> Verified<spdx::Document> {
    Verified::for_test(spdx::Document::from_text(SPDX).unwrap(), digest(name), signer())
}

/// A Trivy report of the platform, two hours old, with this as its `Results`.
pub(crate) fn report_text(architecture: &str, results: &str) -> String {
    let id = digest(&format!("config {architecture}"));
    format!(
        r#"{{"SchemaVersion":2,"Trivy":{{"Version":"0.74.0","Server":{{"VulnerabilityDB":{{"Version":2,"UpdatedAt":"2026-11-23T06:00:00Z"}}}}}},"CreatedAt":"2026-11-23T10:00:00Z","ArtifactName":"registry.example/app:1.0",
        "ArtifactType":"container_image","Metadata":{{"OS":{{"Family":"alpine","Name":"3.22.1"}},"ImageID":"{id}",
        "ImageConfig":{{"os":"linux","architecture":"{architecture}"}}}},"Results":{results}}}"#
    )
}

pub(crate) const CLEAN: &str = r#"[{"Target":"app (alpine 3.22.1)","Class":"os-pkgs","Type":"alpine"}]"#;

pub(crate) fn read(text: &str) -> Result<Report, Failure> {
    Ok(crate::scan::read(text.as_bytes()).unwrap().remove(0))
}

pub(crate) fn report(architecture: &str, results: &str) -> Result<Report, Failure> {
    read(&report_text(architecture, results))
}

/// `Results` with one vulnerability.
pub(crate) fn vulnerable(fields: &str) -> String {
    format!(
        r#"[{{"Target":"app (alpine 3.22.1)","Class":"os-pkgs","Vulnerabilities":[{{"VulnerabilityID":"CVE-2026-0001",
        "PkgName":"openssl","InstalledVersion":"3.0.1","PkgIdentifier":{{"PURL":"pkg:apk/alpine/openssl@3.0.1?arch=x86_64"}}{fields}}}]}}]"#
    )
}

/// The plain image with everything that the default policy asks for, but for the report.
pub(crate) fn without_report() -> Evidence {
    Evidence::new(plain())
        .with_signatures(Part::found(vec![proof("manifest amd64")]))
        .with_sboms(Part::found(vec![sbom("manifest amd64")]))
}

pub(crate) fn good() -> Evidence {
    without_report().with_report("report.json", report("amd64", CLEAN))
}

pub(crate) fn type_of(name: &str) -> PredicateType {
    PredicateType::parse(name).unwrap()
}

/// Rule identifiers with that status, in order.
pub(crate) fn rules(decision: &Decision, status: Status) -> Vec<&'static str> {
    let rules = decision.judgement().rules().iter().filter(|result| result.status == status);
    rules.map(|result| result.rule.id()).collect()
}

pub(crate) fn decide(sections: &str, evidence: &Evidence) -> Decision {
    evaluate(&policy(sections), evidence, now())
}

/// The one rule that fails.
pub(crate) fn failure(sections: &str, evidence: &Evidence) -> RuleResult {
    let decision = decide(sections, evidence);
    assert!(matches!(decision, Decision::Refuse(_)), "{decision:?}");
    let mut failed = decision.judgement().rules().iter().filter(|result| result.status == Status::Fail);
    let first = failed.next().unwrap().clone();
    assert_eq!(failed.next(), None, "{decision:?}");
    assert!(first.next.is_some(), "{first:?}");
    first
}

pub(crate) fn failed_rule(sections: &str, evidence: &Evidence) -> &'static str {
    failure(sections, evidence).rule.id()
}
