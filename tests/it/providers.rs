//! Every crypto provider gives the same verdicts on every vector.
//!
//! A process has one provider, so each one judges in a process of its own: this test binary again.

use std::process::Command;

use portcullis::crypto;
use portcullis::crypto::Provider;

use crate::support;
use crate::vectors;

/// Names the provider to a child.
const CHOICE: &str = "PORTCULLIS_TEST_PROVIDER";

#[test]
fn every_provider_agrees_on_every_vector() {
    if support::vectors().is_none() {
        return;
    }
    for provider in Provider::available() {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "providers::child", "--ignored", "--nocapture"])
            .env(CHOICE, provider.to_string())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{provider}: {text}{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains(&format!("judged with {provider}")), "{provider} judged nothing: {text}");
    }
}

#[test]
#[ignore = "run by every_provider_agrees_on_every_vector"]
fn child() {
    let name = std::env::var(CHOICE).unwrap();
    let provider = Provider::available().into_iter().find(|provider| provider.to_string() == name).unwrap();
    crypto::install(provider).unwrap();
    let folder = support::vectors().unwrap();
    vectors::compare(vectors::conformance_outcomes(&folder));
    vectors::compare(vectors::bundle_outcomes(&folder));
    assert_eq!(crypto::installed(), provider);
    println!("judged with {provider}");
}
