//! `package.json` as it is found: any field may have any shape.

use serde_json::Map;
use serde_json::Value;

use super::super::text;
use crate::package::Kind;
use crate::package::License;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::Party;
use crate::package::PurlBuilder;

/// One `package.json` that names a package.
#[derive(Debug)]
pub(super) struct Manifest {
    name: String,
    version: String,
    fields: Map<String, Value>,
}

impl Manifest {
    /// Reads one; `None` if it has no name or no version, and so is that of no package: they only tell Node the
    /// type of the modules beside them.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<Self>, serde_json::Error> {
        let fields = text::members(bytes, FIELDS)?;
        let (Some(name), Some(version)) = (text::string(&fields, "name"), text::string(&fields, "version"))
        else {
            return Ok(None);
        };
        Ok(Some(Self { name: name.to_owned(), version: version.to_owned(), fields }))
    }

    /// Whether it is of a package that was published, and copied to `rest` in the directory of the package `owner`.
    ///
    /// Those of parts of the owner bear its name, or are private as those of tests are; that of a copy lies in a
    /// directory of its name, or tells the licence or source of what was copied.
    pub(super) fn is_copy(&self, owner: &str, rest: &str) -> bool {
        let is_part = owner.ends_with(&format!("/{}", self.name))
            || self.name.split_once('/').is_some_and(|(first, _)| owner.ends_with(&format!("/{first}")))
            || self.name.rsplit_once('/').is_some_and(|(above, _)| owner.ends_with(&format!("/{above}")));
        let is_private = self.fields.get("private").is_some_and(|value| *value != Value::Bool(false));
        let is_named = rest == self.name || rest.ends_with(&format!("/{}", self.name));
        let says_more = !self.licenses().is_empty() || self.repository().is_some();
        is_published(&self.name, &self.version) && !is_part && !is_private && (is_named || says_more)
    }

    /// The names of the packages that it needs to run: what it depends on, what it can use if it is there, and what
    /// it expects others to bring.
    pub(super) fn needs(&self) -> impl Iterator<Item = &str> {
        let lists = ["dependencies", "optionalDependencies", "peerDependencies"];
        let objects = lists.into_iter().filter_map(|key| self.fields.get(key)?.as_object());
        objects.flat_map(|object| object.keys().map(String::as_str))
    }

    /// The package.
    pub(super) fn package(&self) -> Package {
        let author = self.fields.get("author").and_then(party);
        let maintainer = self.first_party("maintainers").or_else(|| self.first_party("contributors"));
        Package {
            name: self.name.clone(),
            version: Some(self.version.clone()),
            kind: Kind::Npm,
            purl: Some(purl(&self.name, &self.version).build()),
            licenses: self.licenses(),
            supplier: author.or(maintainer),
            homepage: self.homepage(),
            description: text::string(&self.fields, "description").map(str::to_owned),
            metadata: Some(self.metadata()),
            ..Package::default()
        }
    }

    fn first_party(&self, key: &str) -> Option<Party> {
        match self.fields.get(key)? {
            Value::Array(people) => people.iter().find_map(party),
            one => party(one),
        }
    }

    /// `license` is an expression, or an object of old; `licenses` a list of which one may choose: npm's
    /// documentation says to write it as `(MIT OR Apache-2.0)`.
    fn licenses(&self) -> Vec<License> {
        let declared: Vec<&str> = ["license", "licenses"]
            .iter()
            .filter_map(|key| self.fields.get(*key))
            .find_map(|value| Some(license_names(value)).filter(|names| !names.is_empty()))
            .unwrap_or_default();
        let licenses: Vec<License> = declared.iter().map(|text| License::declared(text)).collect();
        if licenses.len() > 1 && licenses.iter().all(|license| license.expression.is_some()) {
            let choice: Vec<String> =
                licenses.iter().map(|license| format!("({})", license.declared)).collect();
            return vec![License::declared(&choice.join(" OR "))];
        }
        licenses
    }

    fn homepage(&self) -> Option<String> {
        let homepage = match self.fields.get("homepage") {
            Some(Value::Array(pages)) => pages.first().and_then(Value::as_str),
            Some(page) => page.as_str(),
            None => None,
        };
        homepage.map(str::trim).filter(|page| page.starts_with("http")).map(str::to_owned)
    }

    fn repository(&self) -> Option<&str> {
        match self.fields.get("repository")? {
            Value::Object(object) => text::string(object, "url"),
            Value::String(url) => Some(url.trim()),
            _ => None,
        }
    }

    /// Where this version was fetched from, which npm wrote into the file before its version 7.
    pub(super) fn resolved(&self) -> (Option<&str>, Option<&str>) {
        (text::string(&self.fields, "_resolved"), text::string(&self.fields, "_integrity"))
    }

    fn metadata(&self) -> Metadata {
        let mut fields = Map::new();
        let mut put = |key: &str, value: Value| fields.insert(key.to_owned(), value);
        let shown = |value: &Value| match value {
            Value::Object(object) => {
                let part = |key, before, after| {
                    text::string(object, key).map(|text| format!("{before}{text}{after}")).unwrap_or_default()
                };
                [part("name", "", ""), part("email", " <", ">"), part("url", " (", ")")].concat()
            }
            other => other.as_str().unwrap_or_default().to_owned(),
        };
        put("name", self.name.clone().into());
        put("version", self.version.clone().into());
        put("author", self.fields.get("author").map(shown).unwrap_or_default().into());
        put("homepage", self.homepage().unwrap_or_default().into());
        put("description", text::string(&self.fields, "description").unwrap_or_default().into());
        put("url", self.repository().unwrap_or_default().into());
        put("private", self.fields.get("private").and_then(Value::as_bool).unwrap_or_default().into());
        Metadata { kind: "javascript-npm-package", fields }
    }
}

/// Whether the registry could have it: <https://docs.npmjs.com/cli/v11/configuring-npm/package-json#name>.
fn is_published(name: &str, version: &str) -> bool {
    let word = |text: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        !text.is_empty() && !text.starts_with(['.', '_']) && text.bytes().all(known)
    };
    let is_name = match name.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/').is_some_and(|(scope, name)| word(scope) && word(name)),
        None => word(name),
    };
    is_name && version.starts_with(|c: char| c.is_ascii_digit()) && version != "0.0.0"
}

/// The package URL of `name`, which may begin with `@scope/`.
pub(super) fn purl(name: &str, version: &str) -> PurlBuilder {
    match name.split_once('/') {
        Some((scope, name)) if scope.starts_with('@') => PurlBuilder::new("npm", name).namespace(scope),
        _ => PurlBuilder::new("npm", name),
    }
    .version(version)
}

/// `Name <address> (page)`, or an object with `name` and `email`.
fn party(value: &Value) -> Option<Party> {
    match value {
        Value::Object(object) => {
            let email = text::string(object, "email").filter(|email| email.contains('@'));
            let party = Party::from_mailbox(text::string(object, "name").or(email)?)?;
            Some(Party { email: party.email.or_else(|| email.map(str::to_owned)), ..party })
        }
        other => {
            Party::from_mailbox(other.as_str()?.split('(').next()?).filter(|party| !party.name.is_empty())
        }
    }
}

/// The names of licences in any of the shapes.
fn license_names(value: &Value) -> Vec<&str> {
    match value {
        Value::String(name) if !name.trim().is_empty() => vec![name.trim()],
        Value::Object(object) => {
            let name = ["type", "name", "url"].iter().find_map(|key| text::string(object, key));
            name.into_iter().collect()
        }
        // A list of lists is none.
        Value::Array(items) => items.iter().filter(|item| !item.is_array()).flat_map(license_names).collect(),
        _ => Vec::new(),
    }
}

/// The fields that are read.
const FIELDS: &[&str] = &[
    "_integrity",
    "_resolved",
    "author",
    "contributors",
    "dependencies",
    "description",
    "homepage",
    "license",
    "licenses",
    "maintainers",
    "name",
    "optionalDependencies",
    "peerDependencies",
    "private",
    "repository",
    "version",
];
