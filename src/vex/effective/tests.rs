use super::*;
use crate::package::Purl;
use crate::scan::Fix;
use crate::scan::Severities;
use crate::scan::Severity;
use crate::vex::read;

const GIT: &str = "pkg:apk/wolfi/git@2.39.0-r1?arch=x86_64";

fn finding(id: &str, purl: &str) -> Finding {
    let purl = Purl::parse(purl).ok();
    Finding {
        kind: FindingKind::Vulnerability,
        id: id.to_owned(),
        aliases: Vec::new(),
        target: "t".to_owned(),
        package: None,
        version: None,
        purl,
        path: None,
        title: None,
        url: None,
        severity: Severity::High,
        severity_word: None,
        severities: Severities::default(),
        fix: Fix::Unknown,
        fixed_version: None,
        suppressed: None,
    }
}

fn digest() -> Digest {
    Digest::sha256(b"image")
}

fn image() -> Image {
    Image {
        digests: vec![digest(), Digest::sha256(b"index")],
        repository: Some("registry.example.com/team/app".to_owned()),
        architecture: Some("amd64".to_owned()),
        boms: vec!["urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79".to_owned()],
    }
}

/// An `OpenVEX` document of 2023-01-01.
fn openvex(statements: &str) -> Vex {
    let text = format!(
        r#"{{"@context":"https://openvex.dev/ns","@id":"x","author":"a","timestamp":"2023-01-01T00:00:00Z","version":1,
            "statements":[{statements}]}}"#
    );
    read(text.as_bytes()).unwrap()
}

/// A statement on CVE-1 about `product`, with the reason and the action that go with the status.
fn about(product: &str, status: &str, time: &str) -> String {
    let time = if time.is_empty() { String::new() } else { format!(r#""timestamp":"{time}","#) };
    format!(
        r#"{{{time}"vulnerability":{{"name":"CVE-1"}},"products":[{product}],"status":"{status}",
            "justification":"vulnerable_code_not_present","action_statement":"update"}}"#
    )
}

fn git(status: &str, time: &str) -> String {
    about(r#"{"@id":"pkg:apk/wolfi/git@2.39.0-r1?arch=x86_64"}"#, status, time)
}

fn status(vex: &Vex, finding: &Finding) -> Option<Status> {
    vex.effective(finding, &image()).map(|statement| statement.status)
}

fn git_status(statements: &[String]) -> Option<Status> {
    status(&openvex(&statements.join(",")), &finding("CVE-1", GIT))
}

/// The sample document of the specification.
#[test]
fn a_package_is_named_by_its_package_url() {
    let vex = openvex(
        r#"{"vulnerability":{"name":"CVE-2023-12345"},"products":[{"@id":"pkg:apk/wolfi/git@2.39.0-r1?arch=armv7"},
            {"@id":"pkg:apk/wolfi/git@2.39.0-r1?arch=x86_64"}],"status":"fixed"}"#,
    );
    let found = |id: &str, purl: &str| status(&vex, &finding(id, purl));
    assert_eq!(found("CVE-2023-12345", GIT), Some(Status::Fixed));
    assert_eq!(
        found("cve-2023-12345", "pkg:apk/wolfi/git@2.39.0-r1?arch=armv7&distro=x"),
        Some(Status::Fixed)
    );
    for purl in [
        "pkg:apk/wolfi/git@2.39.0-r1?arch=aarch64",
        "pkg:apk/wolfi/git@2.39.0-r1",
        "pkg:apk/wolfi/git@2.39.0-r2?arch=x86_64",
        "pkg:apk/alpine/git@2.39.0-r1?arch=x86_64",
        "pkg:apk/wolfi/git-lfs@2.39.0-r1?arch=x86_64",
        "",
    ] {
        assert_eq!(found("CVE-2023-12345", purl), None, "{purl}");
    }
    assert_eq!(found("CVE-2023-1234", GIT), None);
}

#[test]
fn a_distribution_is_of_all_its_point_releases() {
    let vex = openvex(&about(r#"{"@id":"pkg:deb/debian/bash?distro=debian-12"}"#, "fixed", ""));
    let found = |distro: &str| {
        status(&vex, &finding("CVE-1", &format!("pkg:deb/debian/bash@5.2?distro={distro}"))).is_some()
    };
    assert!(found("debian-12") && found("debian-12.5"));
    assert!(!found("debian-1") && !found("debian-120") && !found("debian-11.5"));
}

/// "Updating Statements with Inherited Data": the later statement inherits the document's time.
#[test]
fn the_newest_statement_wins() {
    let old = "2022-06-01T00:00:00Z";
    assert_eq!(git_status(&[git("under_investigation", old), git("fixed", "")]), Some(Status::Fixed));
    assert_eq!(git_status(&[git("fixed", ""), git("under_investigation", old)]), Some(Status::Fixed));
    assert_eq!(git_status(&[git("not_affected", old), git("affected", "")]), Some(Status::Affected));
    assert_eq!(git_status(&[git("affected", old), git("not_affected", "")]), Some(Status::NotAffected));
    let updated = git("affected", old).replacen('{', r#"{"last_updated":"2023-02-01T00:00:00Z","#, 1);
    assert_eq!(git_status(&[git("not_affected", ""), updated]), Some(Status::Affected));
}

/// go-vex takes the first of these in the document.
#[test]
fn at_one_time_what_blocks_wins() {
    let order = ["not_affected", "fixed", "under_investigation", "affected"];
    for (index, weaker) in order.iter().enumerate() {
        for stronger in &order[index..] {
            let expected = Status::Affected.min(match *stronger {
                "not_affected" => Status::NotAffected,
                "fixed" => Status::Fixed,
                "under_investigation" => Status::UnderInvestigation,
                _ => Status::Affected,
            });
            assert_eq!(
                git_status(&[git(weaker, ""), git(stronger, "")]),
                Some(expected),
                "{weaker} {stronger}"
            );
            assert_eq!(
                git_status(&[git(stronger, ""), git(weaker, "")]),
                Some(expected),
                "{stronger} {weaker}"
            );
        }
    }
}

#[test]
fn the_order_of_documents_does_not_count() {
    let documents = [
        openvex(&git("not_affected", "")),
        openvex(&git("affected", "")),
        openvex(&git("not_affected", "2022-01-01T00:00:00Z")),
        openvex(&git("affected", "2022-01-01T00:00:00Z")),
        openvex(&format!("{},{}", git("affected", ""), git("fixed", ""))),
    ];
    let finding = finding("CVE-1", GIT);
    let forward = Statements::new(&documents, &image()).effective(&finding).unwrap();
    let backward = Statements::new(documents.iter().rev(), &image()).effective(&finding).unwrap();
    assert_eq!(forward.statement.status, Status::Affected);
    assert_eq!(forward.document.digest, backward.document.digest);
}

#[test]
fn a_statement_without_a_time_waives_last_and_blocks_first() {
    let document = |statements: &str| {
        let text = format!(r#"{{"@context":"https://openvex.dev/ns","statements":[{statements}]}}"#);
        status(&read(text.as_bytes()).unwrap(), &finding("CVE-1", GIT))
    };
    let dated = |status| git(status, "2020-01-01T00:00:00Z");
    assert_eq!(document(&git("not_affected", "")), Some(Status::NotAffected));
    assert_eq!(document(&[git("not_affected", ""), dated("affected")].join(",")), Some(Status::Affected));
    assert_eq!(document(&[dated("not_affected"), git("affected", "")].join(",")), Some(Status::Affected));
    assert_eq!(
        document(&[git("under_investigation", ""), dated("affected")].join(",")),
        Some(Status::UnderInvestigation)
    );
}

/// "MUST include either a status justification or an `impact_statement`".
#[test]
fn an_incomplete_statement_is_none() {
    let bare = r#"{"vulnerability":{"name":"CVE-1"},"products":[{"@id":"pkg:apk/wolfi/git"}],"status":"not_affected"}"#;
    assert_eq!(git_status(&[bare.to_owned()]), None);
    assert_eq!(
        git_status(&[git("affected", "2022-01-01T00:00:00Z"), bare.to_owned()]),
        Some(Status::Affected)
    );
}

fn product_status(product: &str) -> Option<Status> {
    status(&openvex(&about(product, "not_affected", "")), &finding("CVE-1", GIT))
}

#[test]
fn an_image_is_named_by_its_digest() {
    let waived = Some(Status::NotAffected);
    let (own, other) = (digest(), Digest::sha256(b"other"));
    for (product, expected) in [
        (format!(r#"{{"@id":"pkg:oci/app@{own}"}}"#), waived),
        (format!(r#"{{"@id":"pkg:oci/app@sha256%3A{}?arch=amd64&tag=1"}}"#, own.hex()), waived),
        (format!(r#"{{"@id":"pkg:oci/app@{own}?arch=arm64"}}"#), None),
        (format!(r#"{{"@id":"pkg:oci/app@{other}?repository_url=registry.example.com/team/app"}}"#), None),
        (format!(r#"{{"@id":"registry.example.com/team/app@{own}"}}"#), waived),
        (format!(r#"{{"@id":"registry.example.com/team/app@{other}"}}"#), None),
        (format!(r#"{{"@id":"app","hashes":{{"sha-256":"{}"}}}}"#, own.hex()), waived),
        // A hash that is not the image's, whatever else would be.
        (format!(r#"{{"@id":"pkg:oci/app@{own}","hashes":{{"sha-256":"{}"}}}}"#, other.hex()), None),
        (r#"{"@id":"pkg:oci/app?repository_url=registry.example.com/team/app"}"#.to_owned(), waived),
        (r#"{"@id":"pkg:oci/app?repository_url=https://Registry.example.com/team/app/"}"#.to_owned(), waived),
        (r#"{"@id":"pkg:oci/app?repository_url=registry.example.com/team/app2"}"#.to_owned(), None),
        (r#"{"@id":"pkg:oci/app?repository_url=registry.example.com/team/app&tag=1"}"#.to_owned(), None),
        (r#"{"@id":"pkg:oci/app@1.2"}"#.to_owned(), None),
        // Trivy's `openvex-oci.json`, which Trivy takes for any image of the name.
        (r#"{"@id":"pkg:oci/app"}"#.to_owned(), None),
        (r#"{"@id":"registry.example.com/team/app"}"#.to_owned(), None),
        (r#"{}"#.to_owned(), None),
    ] {
        assert_eq!(product_status(&product), expected, "{product}");
    }
}

#[test]
fn subcomponents_limit_a_statement() {
    let own = digest();
    let within =
        |sub: &str| product_status(&format!(r#"{{"@id":"pkg:oci/app@{own}","subcomponents":[{sub}]}}"#));
    assert!(within(r#"{"@id":"pkg:apk/wolfi/git"}"#).is_some());
    assert!(within(r#"{"@id":"pkg:apk/wolfi/zlib"},{"@id":"pkg:apk/wolfi/git@2.39.0-r1"}"#).is_some());
    assert!(within(r#"{"@id":"pkg:apk/wolfi/zlib"}"#).is_none());
    assert!(within(r#"{"@id":"git"}"#).is_none());
    // Of another product, which is in the image or not: Trivy's `openvex-nested.json`.
    let nested = r#"{"@id":"pkg:apk/wolfi/app@2.0.0","subcomponents":[{"@id":"pkg:apk/wolfi/git"}]}"#;
    assert!(product_status(nested).is_none());
    let inside = r#"{"@id":"pkg:apk/wolfi/git","subcomponents":[{"@id":"pkg:apk/wolfi/git"}]}"#;
    assert!(product_status(inside).is_none());
}

/// The four rules of ATTESTING.md.
#[test]
fn in_an_attestation_only_its_subjects_count() {
    let finding = finding("CVE-1", GIT);
    let own = r#"{"vulnerability":{"name":"CVE-1"},"status":"fixed"}"#;
    assert_eq!(status(&openvex(own), &finding), None);
    assert_eq!(status(&openvex(own).attested([digest()]), &finding), Some(Status::Fixed));
    assert_eq!(
        status(&openvex(own).attested([Digest::sha256(b"x"), digest()]), &finding),
        Some(Status::Fixed)
    );
    assert_eq!(status(&openvex(own).attested([Digest::sha256(b"x")]), &finding), None);
    assert_eq!(status(&openvex(own).attested([]), &finding), None);
    assert_eq!(status(&openvex(&git("fixed", "")).attested([digest()]), &finding), None);
    let image = |digest: Digest| openvex(&about(&format!(r#"{{"@id":"pkg:oci/a@{digest}"}}"#), "fixed", ""));
    assert_eq!(status(&image(digest()).attested([digest()]), &finding), Some(Status::Fixed));
    assert_eq!(status(&image(Digest::sha256(b"x")).attested([digest()]), &finding), None);
    assert_eq!(status(&image(digest()).attested([Digest::sha256(b"x")]), &finding), None);
}

#[test]
fn a_vulnerability_has_many_names_and_an_advisory_many_vulnerabilities() {
    let named = |name: &str, aliases: &str, finding: &Finding| {
        let text = git("fixed", "")
            .replace(r#"{"name":"CVE-1"}"#, &format!(r#"{{"name":"{name}","aliases":[{aliases}]}}"#));
        status(&openvex(&text), finding).is_some()
    };
    let with = |id: &str, aliases: &[&str]| Finding {
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        ..finding(id, GIT)
    };
    assert!(named("CVE-1", "\"GHSA-1\"", &with("GHSA-1", &[])));
    assert!(named("CVE-1", "", &with("GHSA-1", &["CVE-1"])));
    assert!(named("CVE-1", "", &with("GHSA-1", &["CVE-1", "GO-1"])));
    assert!(!named("CVE-1", "", &with("ELSA-1", &["CVE-1", "CVE-2"])));
    assert!(named("CVE-1", "\"CVE-2\"", &with("ELSA-1", &["CVE-1", "CVE-2"])));
    // Both are part of one advisory, which makes them no one vulnerability.
    assert!(!named("CVE-1", "\"DSA-1\"", &with("CVE-2", &["DSA-1"])));
    assert!(!named("CVE-1", "", &with("CVE-10", &[])));
}

#[test]
fn other_findings_are_not_waived() {
    let secret = Finding { kind: FindingKind::Secret, ..finding("CVE-1", GIT) };
    assert_eq!(status(&openvex(&git("fixed", "")), &secret), None);
}

/// Trivy ranges over a map of the two lists, and may take either.
#[test]
fn csaf_that_contradicts_itself_blocks() {
    let text = r#"{"document":{"category":"csaf_vex","csaf_version":"2.0","tracking":{"current_release_date":"2024-01-01T00:00:00Z"}},
        "product_tree":{"full_product_names":[
          {"name":"git","product_id":"g","product_identification_helper":{"purl":"pkg:apk/wolfi/git@2.39.0-r1"}}]},
        "vulnerabilities":[
          {"cve":"CVE-1","product_status":{"known_not_affected":["g"],"fixed":["g"],"known_affected":["g"]},
            "flags":[{"label":"component_not_present","product_ids":["g"]}]},
          {"cve":"CVE-2","product_status":{"known_not_affected":["g"]},"flags":[{"label":"component_not_present","product_ids":["g"]}]}]}"#;
    let vex = read(text.as_bytes()).unwrap();
    assert_eq!(status(&vex, &finding("CVE-1", GIT)), Some(Status::Affected));
    assert_eq!(status(&vex, &finding("CVE-2", GIT)), Some(Status::NotAffected));
}

#[test]
fn cyclonedx_is_about_the_subject_of_its_document() {
    let analysis = r#""analysis":{"state":"not_affected","justification":"code_not_present"}"#;
    let document = |head: &str, reference: &str| {
        let text = format!(
            r#"{{"bomFormat":"CycloneDX","specVersion":"1.6",{head}"vulnerabilities":[
                {{"id":"CVE-1",{analysis},"affects":[{{"ref":"{reference}"}}]}}]}}"#
        );
        read(text.as_bytes()).unwrap()
    };
    let finding = finding("CVE-1", GIT);
    let waived = Some(Status::NotAffected);
    let link = |serial: &str| document("", &format!("urn:cdx:{serial}/1#pkg:apk/wolfi/git@2.39.0-r1"));
    assert_eq!(status(&link("3e671687-395b-41f5-a30f-a58921a69b79"), &finding), waived);
    assert_eq!(status(&link("00000000-395b-41f5-a30f-a58921a69b79"), &finding), None);
    let inner = r#""components":[{"bom-ref":"g","name":"git","purl":"pkg:apk/wolfi/git@2.39.0-r1"}],"#;
    assert_eq!(status(&document(inner, "g"), &finding), None);
    assert_eq!(status(&document(inner, "g").attested([digest()]), &finding), waived);
    let serial = format!(r#""serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",{inner}"#);
    assert_eq!(status(&document(&serial, "g"), &finding), waived);
    let root = |digest: Digest| {
        format!(
            r#""metadata":{{"component":{{"bom-ref":"r","type":"container","name":"app","version":"{digest}"}}}},{inner}"#
        )
    };
    assert_eq!(status(&document(&root(digest()), "g"), &finding), waived);
    assert_eq!(status(&document(&root(digest()), "r"), &finding), waived);
    assert_eq!(status(&document(&root(Digest::sha256(b"x")), "g"), &finding), None);
    assert_eq!(status(&document(&root(Digest::sha256(b"x")), "g").attested([digest()]), &finding), None);
}

/// Findings that a few thousand statements are about, and as many that none is about.
#[test]
fn many_findings_meet_many_statements() {
    let statements: Vec<String> =
        (0..2000).map(|id| git("fixed", "").replace("CVE-1", &format!("CVE-{id}"))).collect();
    let documents = [openvex(&statements.join(","))];
    let statements = Statements::new(&documents, &image());
    let found = (0..10_000).filter(|id| statements.effective(&finding(&format!("CVE-{id}"), GIT)).is_some());
    assert_eq!(found.count(), 2000);
}
