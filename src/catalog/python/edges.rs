//! Which distribution needs which.

use std::collections::BTreeSet;
use std::collections::HashMap;

use pep508_rs::ExtraName;

use super::environment::Site;
use super::requirement::Requirement;
use crate::catalog::Findings;
use crate::catalog::Found;
use crate::package::Relation;

/// A distribution that was found.
#[derive(Debug)]
pub(super) struct Distribution {
    /// Name, normalised.
    pub(super) name: String,
    /// Its site, by place.
    pub(super) site: usize,
    /// What it requires.
    pub(super) requirements: Vec<Requirement>,
    /// Its package.
    pub(super) found: Found,
}

/// Relates each distribution to those that it needs.
///
/// An extra holds only when a requirement that holds asks for it, so that what an extra requires may make
/// other extras hold: distributions are looked at again until none gains one. What a person asked for when
/// installing is recorded nowhere.
pub(super) fn relate(distributions: &[Distribution], sites: &[Site], findings: &mut Findings) {
    let mut by_name: HashMap<(usize, &str), usize> = HashMap::new();
    for (place, distribution) in distributions.iter().enumerate() {
        by_name.entry((distribution.site, &distribution.name)).or_insert(place);
    }
    let visible: Vec<Vec<usize>> = sites.iter().map(|site| site.visible(sites)).collect();
    let find = |site: usize, name: &str| {
        visible.get(site)?.iter().find_map(|&site| by_name.get(&(site, name)).copied())
    };
    let mut extras: Vec<Vec<ExtraName>> = vec![Vec::new(); distributions.len()];
    let mut needs: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut todo: Vec<usize> = (0..distributions.len()).rev().collect();
    while let Some(place) = todo.pop() {
        let Some(distribution) = distributions.get(place) else { continue };
        let Some(environment) = sites.get(distribution.site).and_then(|site| site.environment.as_ref())
        else {
            continue;
        };
        let held = extras.get(place).cloned().unwrap_or_default();
        for requirement in &distribution.requirements {
            if !requirement.applies(environment, &held) {
                continue;
            }
            let Some(needed) = find(distribution.site, &requirement.name) else { continue };
            needs.insert((place, needed));
            let Some(known) = extras.get_mut(needed) else { continue };
            let gained: Vec<_> =
                requirement.extras.iter().filter(|extra| !known.contains(extra)).cloned().collect();
            if !gained.is_empty() {
                known.extend(gained);
                todo.push(needed);
            }
        }
    }
    let found = |place: usize| distributions.get(place).map(|distribution| distribution.found);
    for (from, to) in needs {
        if let (Some(from), Some(to)) = (found(from), found(to)) {
            findings.relate(from, Relation::DependsOn, to);
        }
    }
}
