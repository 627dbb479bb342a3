//! `*.deps.json`: what an application of .NET was published with.
//! <https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md>

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// What the file says, as far as it matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Deps {
    /// By framework, then by `name/version`.
    targets: BTreeMap<String, BTreeMap<String, Target>>,
    libraries: BTreeMap<String, Library>,
}

/// What a library needs and brings on one framework.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Target {
    dependencies: BTreeMap<String, String>,
    compile: BTreeMap<String, IgnoredAny>,
    native: BTreeMap<String, IgnoredAny>,
    resources: BTreeMap<String, IgnoredAny>,
    runtime: BTreeMap<String, IgnoredAny>,
    runtime_targets: BTreeMap<String, IgnoredAny>,
}

/// Where a library comes from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Library {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) path: String,
    pub(super) sha512: String,
    pub(super) hash_path: String,
}

/// A library that is in the application.
#[derive(Debug)]
pub(super) struct Member<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) library: Library,
    /// `name/version` of the nearest libraries in the application that it needs.
    pub(super) needs: BTreeSet<&'a str>,
}

impl Deps {
    /// # Errors
    /// Why it is none, in words.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        // Serde would read a list for a struct whose fields may all be missing.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err("not a JSON object".to_owned());
        }
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }

    /// The libraries that are in the application, by `name/version`.
    ///
    /// A list also names what a build needed and left behind. In the application is what brings files, what needs
    /// something that does, and the project `root` itself. Where a tool has merged assemblies into one, all count.
    pub(super) fn members(&self, root: &str) -> BTreeMap<&str, Member<'_>> {
        let targets = self.merged();
        let merged =
            targets.keys().any(|key| key.split_once('/').is_some_and(|(name, _)| BUNDLERS.contains(&name)));
        let mut kept: BTreeSet<&str> = targets
            .iter()
            .filter(|(key, target)| merged || target.brings_files() || self.is_root(key, root))
            .map(|(key, _)| *key)
            .collect();
        let mut news: Vec<&str> = kept.iter().copied().collect();
        let mut needed_by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (key, target) in &targets {
            for need in needs(&targets, target) {
                needed_by.entry(need).or_default().push(key);
            }
        }
        while let Some(key) = news.pop() {
            let above = needed_by.get(key).into_iter().flatten().copied();
            news.extend(above.filter(|key| kept.insert(key)).collect::<Vec<_>>());
        }
        let member = |key: &&'_ str| {
            let (key, target) = targets.get_key_value(*key)?;
            let (name, version) =
                key.split_once('/').filter(|(name, version)| !name.is_empty() && !version.is_empty())?;
            let library = self.libraries.get(*key).cloned().unwrap_or_default();
            Some((*key, Member { name, version, library, needs: nearest(&targets, target, &kept) }))
        };
        kept.iter().filter_map(member).collect()
    }

    /// The paths of files, relative to the directory of the list, that libraries bring.
    pub(super) fn files(&self) -> BTreeSet<&str> {
        let targets = self.targets.values().flat_map(BTreeMap::values);
        targets.flat_map(|target| target.files()).map(published).collect()
    }

    fn merged(&self) -> BTreeMap<&str, &Target> {
        let mut merged = BTreeMap::new();
        // The framework for one platform comes last, by name, and says more.
        for (key, target) in self.targets.values().rev().flatten() {
            merged.entry(key.as_str()).or_insert(target);
        }
        merged
    }

    fn is_root(&self, key: &str, root: &str) -> bool {
        let named = key.split_once('/').is_some_and(|(name, _)| name == root);
        named && self.libraries.get(key).is_some_and(|library| library.kind == "project")
    }
}

impl Target {
    fn files(&self) -> impl Iterator<Item = &str> {
        let kinds = [&self.compile, &self.native, &self.resources, &self.runtime, &self.runtime_targets];
        // `_._` stands for an empty directory: nothing is brought for this framework.
        kinds.into_iter().flat_map(BTreeMap::keys).map(String::as_str).filter(|path| !path.ends_with("/_._"))
    }

    fn brings_files(&self) -> bool {
        self.files().next().is_some()
    }
}

/// What a target needs, by `name/version`. The list writes the versions that were chosen.
fn needs<'a>(targets: &BTreeMap<&'a str, &'a Target>, target: &Target) -> Vec<&'a str> {
    let keys = target.dependencies.iter().map(|(name, version)| format!("{name}/{version}"));
    keys.filter_map(|key| targets.get_key_value(key.as_str()).map(|(key, _)| *key)).collect()
}

/// The nearest of those that are kept, looking through those that are not.
fn nearest<'a>(
    targets: &BTreeMap<&'a str, &'a Target>,
    target: &Target,
    kept: &BTreeSet<&'a str>,
) -> BTreeSet<&'a str> {
    let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut todo = needs(targets, target);
    while let Some(key) = todo.pop() {
        if !seen.insert(key) {
            continue;
        }
        if kept.contains(key) {
            found.insert(key);
        } else if let Some(target) = targets.get(key) {
            todo.extend(needs(targets, target));
        }
    }
    found
}

/// Where a file lies once it is published: without the directory of its framework.
fn published(path: &str) -> &str {
    let inside = path.strip_prefix("lib/").filter(|rest| rest.starts_with("net"));
    inside.and_then(|rest| rest.split_once('/')).map_or(path, |(_, rest)| rest)
}

/// Tools that merge assemblies: what they merged in brings no file of its own.
const BUNDLERS: [&str; 9] = [
    "Brokenevent.ILStrip",
    "Costura.Fody",
    "Fody",
    "ILMerge",
    "ILRepack.FullAuto",
    "ILRepack.Lib",
    "ILRepack.Lib.MSBuild.Task",
    "JetBrains.Build.ILRepack",
    "PostSharp.Community.Packer",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_files_leave_their_framework() {
        assert_eq!(published("lib/net6.0/a.dll"), "a.dll");
        assert_eq!(published("lib/netstandard2.0/de/a.resources.dll"), "de/a.resources.dll");
        assert_eq!(published("runtimes/linux/lib/net6.0/a.dll"), "runtimes/linux/lib/net6.0/a.dll");
        assert_eq!(published("a.dll"), "a.dll");
    }

    #[test]
    fn survives_circles_and_lies() {
        let text = br#"{"targets":{"x":{"a/1":{"dependencies":{"b":"1"}},"b/1":{"dependencies":{"a":"1","none":"1"}},"c":{"runtime":{"c.dll":{}}},"/1":{"runtime":{"d.dll":{}}}}}}"#;
        let deps = Deps::parse(text).unwrap();
        assert!(deps.members("x").is_empty());
        assert!(Deps::parse(b"").is_err());
        assert!(Deps::parse(b"[]").is_err());
        assert!(Deps::parse(br#"{"targets":{"x":{"a/1":7}}}"#).is_err());
    }
}
