//! Which catalogers run: syft's expressions of names and tags.
//!
//! A base is chosen first, by tags or names. Then a bare tag keeps those of the base that have it, `+name`
//! adds one, and `-name` or `-tag` takes away; taking away comes last. What names nothing is an error: a
//! mistyped word must not quietly make a shorter list.

use std::fmt;

use super::Cataloger;

/// The catalogers that were asked for.
#[derive(Clone)]
pub struct Selection {
    catalogers: Vec<&'static dyn Cataloger>,
}

impl Selection {
    /// Those for images: what is installed.
    #[must_use]
    pub fn image() -> Self {
        Self { catalogers: all().filter(|cataloger| meets(*cataloger, "image")).collect() }
    }

    /// Those for directories: what is declared, and what is installed.
    #[must_use]
    pub fn directory() -> Self {
        Self { catalogers: all().filter(|cataloger| meets(*cataloger, "directory")).collect() }
    }

    /// One alone.
    #[must_use]
    pub fn only(cataloger: &'static dyn Cataloger) -> Self {
        Self { catalogers: vec![cataloger] }
    }

    /// Evaluates words as a user wrote them: `base` for the base, none of them for `default`; `chosen` upon it.
    ///
    /// # Errors
    /// A word that is not understood, or names no cataloger.
    pub fn from_words(default: &str, base: &[String], chosen: &[String]) -> Result<Self, SelectionError> {
        let mut base: Vec<&str> = base.iter().flat_map(|word| words(word)).collect();
        if base.is_empty() {
            base.push(default);
        }
        for word in &base {
            check_word(word, word)?;
            check_known(word, word)?;
        }
        let mut change = Change::default();
        for word in chosen.iter().flat_map(|word| words(word)) {
            change.read(word)?;
        }
        let in_base = |cataloger: &dyn Cataloger| base.iter().any(|word| meets(cataloger, word));
        let selected = all().filter(|cataloger| change.selects(*cataloger, in_base(*cataloger)));
        Ok(Self { catalogers: selected.collect() })
    }

    /// The catalogers.
    #[must_use]
    pub fn catalogers(&self) -> &[&'static dyn Cataloger] {
        &self.catalogers
    }
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.catalogers.iter().map(|cataloger| cataloger.name())).finish()
    }
}

/// What is done to the base.
#[derive(Default)]
struct Change<'a> {
    tags: Vec<&'a str>,
    added: Vec<&'a str>,
    removed: Vec<&'a str>,
}

impl<'a> Change<'a> {
    fn read(&mut self, word: &'a str) -> Result<(), SelectionError> {
        let (list, rest) = match word.split_at_checked(1) {
            Some(("+", name)) => (&mut self.added, name),
            Some(("-", name)) => (&mut self.removed, name),
            _ => (&mut self.tags, word),
        };
        check_word(rest, word)?;
        check_known(rest, word)?;
        let is_name = all().any(|cataloger| cataloger.name() == current(rest));
        let found = || word.to_owned();
        if word.starts_with('+') && !is_name {
            return Err(SelectionError::AddsTag { word: found(), tag: rest.to_owned() });
        }
        if rest == word && is_name {
            return Err(SelectionError::KeepsName { word: found() });
        }
        list.push(rest);
        Ok(())
    }

    fn selects(&self, cataloger: &dyn Cataloger, in_base: bool) -> bool {
        let any = |list: &[&str]| list.iter().any(|word| meets(cataloger, word));
        let kept = in_base && (self.tags.is_empty() || any(&self.tags));
        (kept || any(&self.added)) && !any(&self.removed)
    }
}

/// Why a selection is none.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// `+tag`.
    #[error("invalid expression: {word:?}: tags are not allowed with this operation (must use exact names)")]
    AddsTag {
        /// The word.
        word: String,
        /// The tag in it.
        tag: String,
    },
    /// A bare name.
    #[error("invalid expression: {word:?}: names are not allowed with this operation (must use tags)")]
    KeepsName {
        /// The word.
        word: String,
    },
    /// Neither a name nor a tag by its letters.
    #[error(
        "invalid expression: {word:?}: invalid token given: only alphanumeric characters and hyphens are allowed"
    )]
    Malformed {
        /// The word.
        word: String,
    },
    /// No cataloger has that name or tag.
    #[error("invalid expression: {word:?}: unknown name or tag given")]
    Unknown {
        /// The word.
        word: String,
    },
}

fn all() -> impl Iterator<Item = &'static dyn Cataloger> {
    super::all().iter().copied()
}

/// The words of one argument.
fn words(argument: &str) -> impl Iterator<Item = &str> {
    argument.split(',').map(str::trim).filter(|word| !word.is_empty())
}

fn check_word(rest: &str, word: &str) -> Result<(), SelectionError> {
    // `c#` is a tag.
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '#' | '+');
    if rest.starts_with('-') || rest.is_empty() || !rest.chars().all(allowed) {
        return Err(SelectionError::Malformed { word: word.to_owned() });
    }
    Ok(())
}

fn check_known(rest: &str, word: &str) -> Result<(), SelectionError> {
    if all().any(|cataloger| meets(cataloger, rest)) {
        return Ok(());
    }
    Err(SelectionError::Unknown { word: word.to_owned() })
}

fn meets(cataloger: &dyn Cataloger, word: &str) -> bool {
    word == "all" || cataloger.name() == current(word) || cataloger.tags().contains(&word)
}

/// The name of what does the work now of a cataloger that syft had.
fn current(name: &str) -> &str {
    FORMER.iter().find(|(former, _)| *former == name).map_or(name, |(_, now)| now)
}

/// Names of syft 1.18, which later versions keep for those who ask for them, and what took their place.
const FORMER: [(&str, &str); 4] = [
    ("dotnet-deps-cataloger", "dotnet-deps-binary-cataloger"),
    ("dotnet-portable-executable-cataloger", "dotnet-deps-binary-cataloger"),
    ("nix-store-cataloger", "nix-cataloger"),
    ("php-pecl-serialized-cataloger", "php-pear-serialized-cataloger"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn names(base: &[&str], chosen: &[&str]) -> Result<Vec<&'static str>, String> {
        let owned = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let selection = Selection::from_words("image", &owned(base), &owned(chosen));
        let selection = selection.map_err(|error| error.to_string())?;
        Ok(selection.catalogers().iter().map(|cataloger| cataloger.name()).collect())
    }

    #[test]
    fn a_tag_keeps_and_a_minus_takes_away() {
        assert!(names(&[], &["apk"]).unwrap().contains(&"apk-db-cataloger"));
        assert!(!names(&[], &["-apk"]).unwrap().contains(&"apk-db-cataloger"));
        assert_eq!(names(&[], &["apk,-apk-db-cataloger"]).unwrap(), Vec::<&str>::new());
        assert_eq!(names(&["apk-db-cataloger"], &[]).unwrap(), ["apk-db-cataloger"]);
        let added = names(&["apk-db-cataloger"], &["-os,+apk-db-cataloger"]).unwrap();
        assert_eq!(added, Vec::<&str>::new(), "taking away comes last");
    }

    /// The list was made by syft 1.18.1: `syft cataloger list -o json | jq -r '.catalogers[] | [.name, .tags[]] | @tsv'`.
    #[test]
    fn every_cataloger_of_syft_is_there_with_its_tags() {
        let list = include_str!("../../testdata/catalog/syft-1.18.1.tsv");
        assert_eq!(list.lines().count(), 48);
        for line in list.lines() {
            let mut tags: Vec<&str> = line.split('\t').collect();
            let name = tags.remove(0);
            let found = names(&[name], &[]).unwrap();
            let [current] = found[..] else { panic!("{name}: {found:?}") };
            let cataloger = all().find(|cataloger| cataloger.name() == current).unwrap();
            let mut ours = cataloger.tags().to_vec();
            if current != name {
                ours.retain(|tag| tags.contains(tag));
            }
            ours.sort_unstable();
            assert_eq!(ours, tags, "{name}");
        }
        let mut all: Vec<&str> = all().map(|cataloger| cataloger.name()).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), super::super::all().len(), "a name stands once");
        assert_eq!(
            names(&["apk"], &["+nix-store-cataloger"]).unwrap(),
            ["apk-db-cataloger", "nix-cataloger"]
        );
    }

    /// The messages of syft 1.18.1.
    #[test]
    fn mistakes_are_errors() {
        let error = |words: &[&str]| names(&[], words).unwrap_err();
        assert_eq!(
            error(&["apk-db-cataloger"]),
            "invalid expression: \"apk-db-cataloger\": names are not allowed with this operation (must use tags)"
        );
        assert_eq!(
            error(&["+os"]),
            "invalid expression: \"+os\": tags are not allowed with this operation (must use exact names)"
        );
        assert_eq!(error(&["-nothing"]), "invalid expression: \"-nothing\": unknown name or tag given");
        assert!(names(&["-os"], &[]).unwrap_err().contains("invalid token given"));
        assert!(names(&["Os"], &[]).is_err(), "tags are lower case");
    }
}
