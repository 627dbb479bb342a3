//! Terraform's `.terraform.lock.hcl`. <https://developer.hashicorp.com/terraform/language/files/dependency-lock>
//!
//! There is no registered type of package URL for providers, so they have none, as in syft. The digests are of archives
//! for several platforms: metadata only.

use serde_json::Value;

use super::super::Want;
use super::super::view::View;
use super::Lock;
use super::declared::Declared;
use super::metadata;
use crate::package::Kind;
use crate::package::Package;

pub(in super::super) const TERRAFORM: Declared = Declared {
    name: "terraform-lock-cataloger",
    tags: &["declared", "directory", "package", "terraform"],
    wants: &[Want::Bytes("**/.terraform.lock.hcl")],
    read,
};

/// A block while it is read.
#[derive(Default)]
struct Provider<'a> {
    address: &'a str,
    version: &'a str,
    constraints: &'a str,
    hashes: Vec<Value>,
}

/// The file is written by Terraform, one attribute or element of a list a line.
fn read(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    let mut open: Option<Provider<'_>> = None;
    for line in lock.text()?.lines().map(str::trim) {
        let quoted = line.split('"').nth(1).unwrap_or_default();
        if line.starts_with("provider ") && line.ends_with('{') {
            open = Some(Provider { address: quoted, ..Provider::default() });
        } else if line == "}" {
            if let Some(provider) = open.take() {
                add(lock, provider);
            }
        } else if let Some(provider) = &mut open {
            match line.split_once('=').map(|(key, _)| key.trim()) {
                Some("version") => provider.version = quoted,
                Some("constraints") => provider.constraints = quoted,
                _ if line.starts_with('"') => provider.hashes.push(quoted.into()),
                _ => {}
            }
        }
    }
    if open.is_some() {
        return Err("a block that does not end".to_owned());
    }
    Ok(())
}

fn add(lock: &mut Lock<'_, '_>, provider: Provider<'_>) {
    if provider.address.is_empty() || provider.version.is_empty() {
        lock.unknown("a provider without address or version");
        return;
    }
    let fields = [
        ("url", provider.address.into()),
        ("constraints", provider.constraints.into()),
        ("version", provider.version.into()),
        ("hashes", provider.hashes.into()),
    ];
    let package = Package {
        metadata: metadata("terraform-lock-provider-entry", fields),
        ..lock.package(Kind::Terraform, provider.address, provider.version)
    };
    lock.add(package);
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_a_lock_file() {
        let lock = br#"# This file is maintained automatically by "terraform init".
provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.72.1"
  constraints = "> 5.72.0"
  hashes = [
    "h1:jhd5O5o0CfZCNEwwN0EiDAzb7ApuFrtxJqa6HXW4EKE=",
    "zh:0dea6843836e926d33469b48b948744079023816d16a2ff7666bcfb6aa3522d4",
  ]
}

provider "registry.terraform.io/example/odd" {
}
provider "registry.terraform.io/example/open" {
  version = "1"
"#;
        let found = testing::find(&TERRAFORM, &[("infra/.terraform.lock.hcl", lock)]);
        assert_eq!(testing::list(&found), ["registry.terraform.io/hashicorp/aws 5.72.1 -"]);
        let about = &found.packages()[0].metadata.as_ref().unwrap().fields;
        assert_eq!(about["hashes"].as_array().unwrap().len(), 2);
        assert_eq!(about["constraints"], "> 5.72.0");
        assert_eq!(found.unknowns().len(), 2);
    }
}
