use super::*;
use crate::vex::read;

fn document(statements: &str) -> Result<Vex, VexError> {
    read(
        format!(
            r#"{{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://openvex.dev/docs/example/vex-1",
            "author":"Wolfi J Inkinson","role":"Document Creator","timestamp":"2023-01-08T18:02:03-06:00","version":1,
            "statements":[{statements}]}}"#
        )
        .as_bytes(),
    )
}

fn statement(fields: &str) -> Result<Statement, VexError> {
    document(&format!("{{{fields}}}")).map(|mut vex| vex.statements.remove(0))
}

const FIXED: &str = r#""vulnerability":{"name":"CVE-2023-12345"},"status":"fixed""#;

fn error(fields: &str) -> String {
    statement(fields).unwrap_err().to_string()
}

fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

/// "Updating Statements with Inherited Data" of the specification.
#[test]
fn times_are_inherited_and_overridden() {
    let vex = read(
        br#"{"@context":"https://openvex.dev/ns","@id":"https://openvex.dev/docs/example/vex-84822c4e5028c",
        "author":"Wolfi J Inkinson","role":"Document Creator","timestamp":"2023-01-09T09:08:42-06:00","version":1,
        "statements":[
          {"timestamp":"2023-01-08T18:02:03-06:00","vulnerability":{"name":"CVE-2023-12345"},
           "products":[{"@id":"pkg:apk/wolfi/git@2.39.0-r1?arch=armv7"}],"status":"under_investigation"},
          {"vulnerability":{"name":"CVE-2023-12345"},
           "products":[{"@id":"pkg:apk/wolfi/git@2.39.0-r1?arch=armv7"}],"status":"fixed"}]}"#,
    )
    .unwrap();
    assert_eq!((vex.format, vex.author.as_deref()), (Format::OpenVex, Some("Wolfi J Inkinson")));
    assert_eq!(vex.id.as_deref(), Some("https://openvex.dev/docs/example/vex-84822c4e5028c"));
    assert_eq!(vex.created, at("2023-01-09T15:08:42Z"));
    let found: Vec<_> = vex.statements.iter().map(|item| (item.status, item.timestamp)).collect();
    assert_eq!(
        found,
        [
            (Status::UnderInvestigation, at("2023-01-09T00:02:03Z")),
            (Status::Fixed, at("2023-01-09T15:08:42Z"))
        ]
    );
}

/// The example at the end of the specification, and the one of the product struct.
#[test]
fn reads_all_that_identifies() {
    let found = statement(
        r#""vulnerability":{"@id":"https://nvd.nist.gov/vuln/detail/CVE-2021-44228","name":"CVE-2021-44228",
            "description":"Remote code injection in Log4j","aliases":["GHSA-jfh8-c2jp-5v3q"]},
        "products":[{"@id":"pkg:maven/org.springframework.boot/spring-boot@2.6.0-M3",
            "identifiers":{"purl":"pkg:maven/org.apache.logging.log4j/log4j-core@2.4","cpe22":"cpe:/a:apache:log4j:2.4:-"},
            "hashes":{"sha-256":"E3B0C44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","md5":"00"},
            "subcomponents":[{"@id":"https://example.com/x"}]}],
        "status":"not_affected","justification":"vulnerable_code_not_in_execute_path","impact_statement":"not used""#,
    )
    .unwrap();
    assert_eq!(
        (&*found.vulnerability, &*found.aliases),
        ("CVE-2021-44228", &["GHSA-jfh8-c2jp-5v3q".to_owned()][..])
    );
    assert_eq!(found.justification.as_deref(), Some("vulnerable_code_not_in_execute_path"));
    assert_eq!(found.impact.as_deref(), Some("not used"));
    let product = &found.products[0];
    let component = product.component.as_ref().unwrap();
    let purls: Vec<&str> = component.purls.iter().map(crate::package::Purl::as_str).collect();
    assert_eq!(
        purls,
        [
            "pkg:maven/org.apache.logging.log4j/log4j-core@2.4",
            "pkg:maven/org.springframework.boot/spring-boot@2.6.0-M3"
        ]
    );
    assert_eq!(component.digests, [Digest::sha256(b"")]);
    assert_eq!(component.names, ["cpe:/a:apache:log4j:2.4:-"]);
    assert_eq!(product.subcomponents[0].names, ["https://example.com/x"]);
}

/// As in ATTESTING.md, "Handling Product/Subject Granularity".
#[test]
fn reads_the_first_version() {
    let found = statement(
        r#""vulnerability":"CVE-2014-123456","products":["pkg:apk/distro/git@2.39.0-r1?arch=armv7","app"],
        "subcomponents":["pkg:apk/distro/zlib"],"status":"fixed""#,
    )
    .unwrap();
    assert_eq!(&*found.vulnerability, "CVE-2014-123456");
    assert_eq!(found.products.len(), 2);
    for product in &found.products {
        assert_eq!(product.subcomponents[0].purls[0].name(), "zlib");
    }
}

#[test]
fn no_products_are_the_documents_own() {
    let own = Product { component: None, subcomponents: Vec::new() };
    assert_eq!(statement(FIXED).unwrap().products, std::slice::from_ref(&own));
    assert_eq!(statement(&format!(r#"{FIXED},"products":null"#)).unwrap().products, [own]);
    assert_eq!(statement(&format!(r#"{FIXED},"products":[]"#)).unwrap().products, []);
}

#[test]
fn not_affected_needs_a_reason() {
    let complete = |fields: &str| {
        let fields = format!(r#""vulnerability":{{"name":"CVE-1"}},"status":"not_affected"{fields}"#);
        statement(&fields).unwrap().is_complete()
    };
    assert!(complete(r#","justification":"component_not_present""#));
    assert!(complete(r#","impact_statement":"x""#));
    assert!(!complete("") && !complete(r#","justification":"","impact_statement":" ""#));
    assert!(statement(FIXED).unwrap().is_complete());
}

#[test]
fn refuses_what_would_widen_a_statement() {
    for fields in [
        r#""product":[{"@id":"pkg:apk/a/b"}]"#,
        r#""Products":[{"@id":"pkg:apk/a/b"}]"#,
        r#""products":[{"@id":"pkg:oci/x","subcomponent":[{"@id":"pkg:apk/a/b"}]}]"#,
        r#""products":[{"@id":"pkg:oci/x","subcomponents":[{"@id":"a","subcomponents":[]}]}]"#,
        r#""products":{}"#,
        r#""products":[null]"#,
        r#""status":"fixed""#,
    ] {
        assert!(matches!(statement(&format!("{FIXED},{fields}")), Err(VexError::Json(_))), "{fields}");
    }
}

#[test]
fn refuses_what_is_no_statement() {
    assert!(error(r#""vulnerability":{"name":"CVE-1"},"status":"Fixed""#).contains("\"Fixed\""));
    assert!(error(r#""vulnerability":{"name":""},"status":"fixed""#).contains("no vulnerability"));
    assert!(error(r#""vulnerability":{},"status":"fixed""#).contains("no vulnerability"));
    assert!(error(r#""vulnerability":{"name":"a","alias":["b"]},"status":"fixed""#).contains("alias"));
    assert!(error(r#""status":"fixed""#).contains("vulnerability"));
    assert!(error(r#""vulnerability":"CVE-1""#).contains("status"));
    assert!(error(&format!(r#"{FIXED},"timestamp":"yesterday""#)).contains("not a time"));
    assert!(matches!(document("1"), Err(VexError::Json(_))));
}

#[test]
fn refuses_other_versions_and_spellings() {
    for (context, ok) in [
        ("https://openvex.dev/ns", true),
        ("https://openvex.dev/ns/v0.0.1", true),
        ("https://openvex.dev/ns/v9", false),
    ] {
        let text = format!(r#"{{"@context":"{context}","statements":[]}}"#);
        assert_eq!(read(text.as_bytes()).is_ok(), ok, "{context}");
    }
    let twin = br#"{"@context":"https://openvex.dev/ns","statements":[],"Statements":[]}"#;
    assert!(read(twin).unwrap_err().to_string().contains("another spelling"));
}

#[test]
fn gos_zero_time_is_none() {
    let found = statement(&format!(r#"{FIXED},"last_updated":"0001-01-01T00:00:00Z""#)).unwrap();
    assert_eq!((found.last_updated, found.time()), (None, at("2023-01-09T00:02:03Z")));
}
