//! Which rules a result is of (3.52.3 to 3.52.7, 3.54.2).
//!
//! Index, identifier and guid should agree and often do not (`SARIF1009`), identifiers may repeat, and an identifier may
//! name a part of a rule (`RULE/part`). All that a reference may mean is returned; the caller takes the worst.

use std::collections::HashMap;

use super::log::Component;
use super::log::ComponentReference;
use super::log::Rule;
use super::log::RuleReference;
use super::log::Tool;

/// The rules of a run.
pub(super) struct Rules<'a> {
    /// The driver, then the extensions.
    components: Vec<Indexed<'a>>,
}

struct Indexed<'a> {
    component: &'a Component<'a>,
    by_id: HashMap<&'a str, Vec<&'a Rule<'a>>>,
}

/// Of a result or an override: what it says that its rule is.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'r> {
    pub(super) id: &'r str,
    pub(super) index: Option<i64>,
    pub(super) reference: &'r RuleReference<'r>,
}

impl<'a> Rules<'a> {
    pub(super) fn new(tool: &'a Tool<'a>) -> Self {
        let components = std::iter::once(&tool.driver).chain(&tool.extensions);
        Self { components: components.map(Indexed::new).collect() }
    }

    /// The rules that are meant, or may be.
    pub(super) fn find(&self, wanted: Wanted<'_>) -> Vec<&'a Rule<'a>> {
        let mut found: Vec<&'a Rule<'a>> = Vec::new();
        let mut add = |rule: &'a Rule<'a>| {
            if !found.iter().any(|known| std::ptr::eq(*known, rule)) {
                found.push(rule);
            }
        };
        let reference = wanted.reference;
        let ids = [wanted.id, &*reference.id];
        let component = self.component(&reference.component);
        // 1. By index: the rule itself, where its identifier is the one that the result names.
        for index in [wanted.index, reference.index].into_iter().flatten() {
            let rule = usize::try_from(index).ok().and_then(|index| component?.component.rules.get(index));
            if let Some(rule) = rule {
                let agrees = ids.iter().all(|id| id.is_empty() || is_part_of(id, &rule.id));
                add(rule);
                if agrees {
                    return found;
                }
            }
        }
        // 2. By guid.
        if !reference.guid.is_empty() {
            let rules = self.components.iter().flat_map(|component| &component.component.rules);
            rules.filter(|rule| *rule.guid == *reference.guid).for_each(&mut add);
        }
        // 3. By identifier: in the component that is named, or else in all.
        for id in ids.into_iter().filter(|id| !id.is_empty()) {
            let mut of_id = component.map(|component| component.of_id(id)).unwrap_or_default();
            if of_id.is_empty() {
                of_id = self.components.iter().flat_map(|component| component.of_id(id)).collect();
            }
            of_id.into_iter().for_each(&mut add);
        }
        found
    }

    /// A message that is written once for all results, by its identifier.
    pub(super) fn string(&self, id: &str) -> Option<&'a str> {
        let mut strings = self.components.iter().map(|component| &component.component.strings);
        strings.find_map(|strings| strings.0.get(id)).map(|string| &*string.text)
    }

    fn component(&self, reference: &ComponentReference<'_>) -> Option<&Indexed<'a>> {
        let extension = reference.index.and_then(|index| usize::try_from(index).ok());
        if let Some(index) = extension {
            return self.components.get(index.saturating_add(1));
        }
        if !reference.guid.is_empty() {
            return self.components.iter().find(|known| *known.component.guid == *reference.guid);
        }
        self.components.first()
    }
}

impl<'a> Indexed<'a> {
    fn new(component: &'a Component<'a>) -> Self {
        let mut by_id: HashMap<&str, Vec<&Rule<'_>>> = HashMap::new();
        for rule in &component.rules {
            by_id.entry(&*rule.id).or_default().push(rule);
        }
        Self { component, by_id }
    }

    /// With the identifier, or with the longest beginning of it that a rule has.
    fn of_id(&self, id: &str) -> Vec<&'a Rule<'a>> {
        let mut id = id;
        loop {
            if let Some(rules) = self.by_id.get(id) {
                return rules.clone();
            }
            match id.rsplit_once('/') {
                Some((shorter, _)) => id = shorter,
                None => return Vec::new(),
            }
        }
    }
}

/// Whether an identifier is that of a rule, or of a part of it.
fn is_part_of(id: &str, rule: &str) -> bool {
    id.strip_prefix(rule).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
