//! For those who read documents into an inventory: names that are known, and an account of what was lost.

use std::collections::BTreeMap;

use super::ImageSubject;
use super::Purl;
use super::Subject;
use crate::digest::Digest;

/// The name of a cataloger, ours or syft's; empty for what is neither.
#[must_use]
pub fn cataloger(text: &str) -> &'static str {
    known(&CATALOGERS, text).unwrap_or_default()
}

/// A kind of metadata that we or syft write.
#[must_use]
pub fn metadata_kind(text: &str) -> Option<&'static str> {
    known(&METADATA, text)
}

fn known(names: &[&'static str], text: &str) -> Option<&'static str> {
    names.iter().copied().find(|name| *name == text)
}

/// The image that a package URL names; `None` for one of another type.
#[must_use]
pub fn image(purl: Option<&Purl>, name: &str) -> Option<Subject> {
    let purl = purl.filter(|purl| matches!(purl.kind(), "oci" | "docker"))?;
    let digest = purl.version().and_then(|text| Digest::parse(text).ok());
    Some(Subject::Image(Box::new(ImageSubject {
        reference: name.to_owned(),
        repository: purl.qualifier("repository_url"),
        tag: purl.qualifier("tag"),
        manifest: digest,
        index: None,
        config: None,
        platform: purl.qualifier("arch").map(|architecture| format!("linux/{architecture}")),
        media_type: None,
        layers: Vec::new(),
        raw_manifest: Vec::new(),
        raw_config: Vec::new(),
    })))
}

/// What a document says and an inventory has no place for: counted, since there may be one a package.
#[derive(Clone, Debug, Default)]
pub struct Losses(BTreeMap<&'static str, usize>);

impl Losses {
    /// Counts one loss of this kind.
    pub fn add(&mut self, what: &'static str) {
        self.add_many(what, 1);
    }

    /// Counts several.
    pub fn add_many(&mut self, what: &'static str, count: usize) {
        if count > 0 {
            let counted = self.0.entry(what).or_default();
            *counted = counted.saturating_add(count);
        }
    }

    /// One line for each kind.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(|(what, count)| format!("{what}: {count} left out")).collect()
    }
}

/// syft's catalogers and ours.
const CATALOGERS: [&str; 65] = [
    "alpm-db-cataloger",
    "apk-db-cataloger",
    "apple-app-bundle-cataloger",
    "binary-classifier-cataloger",
    "bitnami-cataloger",
    "cargo-auditable-binary-cataloger",
    "cocoapods-cataloger",
    "conan-cataloger",
    "conan-info-cataloger",
    "conda-meta-cataloger",
    "dart-pubspec-cataloger",
    "dart-pubspec-lock-cataloger",
    "deb-archive-cataloger",
    "dotnet-deps-binary-cataloger",
    "dotnet-deps-cataloger",
    "dotnet-packages-lock-cataloger",
    "dotnet-portable-executable-cataloger",
    "dpkg-db-cataloger",
    "elf-binary-package-cataloger",
    "elixir-mix-lock-cataloger",
    "erlang-otp-application-cataloger",
    "erlang-rebar-lock-cataloger",
    "gguf-cataloger",
    "github-action-workflow-usage-cataloger",
    "github-actions-usage-cataloger",
    "go-module-binary-cataloger",
    "go-module-file-cataloger",
    "graalvm-native-image-cataloger",
    "haskell-cataloger",
    "homebrew-cataloger",
    "java-archive-cataloger",
    "java-gradle-lockfile-cataloger",
    "java-jvm-cataloger",
    "java-pom-cataloger",
    "javascript-lock-cataloger",
    "javascript-package-cataloger",
    "linux-kernel-cataloger",
    "lua-rock-cataloger",
    "nix-cataloger",
    "nix-store-cataloger",
    "opam-cataloger",
    "pe-binary-package-cataloger",
    "php-composer-installed-cataloger",
    "php-composer-lock-cataloger",
    "php-interpreter-cataloger",
    "php-pear-serialized-cataloger",
    "php-pecl-serialized-cataloger",
    "portage-cataloger",
    "python-installed-package-cataloger",
    "python-package-cataloger",
    "r-package-cataloger",
    "rpm-archive-cataloger",
    "rpm-db-cataloger",
    "ruby-gemfile-cataloger",
    "ruby-gemspec-cataloger",
    "ruby-installed-gemspec-cataloger",
    "rust-cargo-lock-cataloger",
    "safetensors-cataloger",
    "sbom-cataloger",
    "snap-cataloger",
    "swift-package-manager-cataloger",
    "swipl-pack-cataloger",
    "terraform-lock-cataloger",
    "vcpkg-manifest-cataloger",
    "wordpress-plugins-cataloger",
];

/// syft's `metadataType`.
const METADATA: [&str; 62] = [
    "alpm-db-entry",
    "apk-db-entry",
    "binary-signature",
    "bitnami-sbom-entry",
    "c-conan-file-entry",
    "c-conan-info-entry",
    "c-conan-lock-entry",
    "c-conan-lock-v2-entry",
    "cocoa-podfile-lock-entry",
    "conda-metadata-entry",
    "dart-pubspec",
    "dart-pubspec-lock-entry",
    "deno-lock-entry",
    "deno-remote-lock-entry",
    "dotnet-deps-entry",
    "dotnet-packages-lock-entry",
    "dotnet-portable-executable-entry",
    "dpkg-db-entry",
    "elf-binary-package-note-json-payload",
    "elixir-mix-lock-entry",
    "erlang-otp-application",
    "erlang-rebar-lock-entry",
    "go-module-buildinfo-entry",
    "go-module-entry",
    "graalvm-native-image",
    "haskell-hackage-stack-entry",
    "haskell-hackage-stack-lock-entry",
    "java-archive",
    "java-jvm-installation",
    "javascript-bun-lock-entry",
    "javascript-npm-package",
    "javascript-npm-package-lock-entry",
    "javascript-pnpm-lock-entry",
    "javascript-yarn-lock-entry",
    "linux-kernel-archive",
    "linux-kernel-module",
    "lua-rocks-entry",
    "microsoft-kb-patch",
    "nix-store-entry",
    "opam-package",
    "php-composer-installed-entry",
    "php-composer-lock-entry",
    "php-pear-entry",
    "php-pecl-entry",
    "portage-db-entry",
    "python-package",
    "python-pdm-lock-entry",
    "python-pip-requirements-entry",
    "python-pipfile-lock-entry",
    "python-poetry-lock-entry",
    "python-pylock-entry",
    "python-uv-lock-entry",
    "r-description",
    "rpm-db-entry",
    "ruby-gemspec",
    "rust-cargo-audit-entry",
    "rust-cargo-lock-entry",
    "swift-package-manager-lock-entry",
    "swiplpack-package",
    "terraform-lock-provider-entry",
    "vcpkg-manifest",
    "wordpress-plugin-entry",
];
