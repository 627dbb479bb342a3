//! Who provides what among installed packages, as every package manager asks it.
//!
//! Each has its own grammar of dependencies and its own order of versions; what is common is here: names
//! that several packages provide, comparisons, and bounds for databases made to have a billion edges.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

use super::Findings;
use super::Found;
use crate::limits;
use crate::package::Location;
use crate::package::Relation;

/// What installed packages provide, by name. `V` says what of it counts: a version, an architecture.
#[derive(Debug)]
pub(super) struct Providers<'a, V> {
    by_name: HashMap<Cow<'a, str>, Vec<(Found, V)>>,
}

impl<'a, V> Providers<'a, V> {
    pub(super) fn new() -> Self {
        Self { by_name: HashMap::new() }
    }

    /// `package` provides `name`.
    pub(super) fn add(&mut self, name: impl Into<Cow<'a, str>>, package: Found, what: V) {
        self.by_name.entry(name.into()).or_default().push((package, what));
    }

    /// The packages that provide `name`.
    pub(super) fn of(&self, name: &str) -> &[(Found, V)] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }
}

/// Adds dependencies to findings, as many as a real database can have.
#[derive(Debug)]
pub(super) struct Edges<'f> {
    findings: &'f mut Findings,
    database: Location,
    left: usize,
}

impl<'f> Edges<'f> {
    /// Those of the packages in `database`.
    pub(super) fn new(findings: &'f mut Findings, database: Location) -> Self {
        Self { findings, database, left: limits::DATABASE_EDGES }
    }

    /// `from` needs each of `candidates` that `accepts` holds for.
    pub(super) fn depends<V>(
        &mut self,
        from: Found,
        candidates: &[(Found, V)],
        accepts: impl Fn(&V) -> bool,
    ) {
        for (to, what) in candidates {
            let Some(left) = self.left.checked_sub(1) else { return };
            self.left = left;
            if left == 0 {
                let reason = format!("more than {} candidates for dependencies", limits::DATABASE_EDGES);
                self.findings.unknown(self.database.clone(), reason);
            }
            if accepts(what) {
                self.findings.relate(from, Relation::DependsOn, *to);
            }
        }
    }

    /// Part of what a package depends on could not be understood.
    pub(super) fn unknown(&mut self, reason: String) {
        self.findings.unknown(self.database.clone(), reason);
    }
}

/// How a version may differ from the one that is named.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

impl Comparison {
    /// Whether a version that compares to the named one as `ordering` is allowed.
    pub(super) fn allows(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Equal => ordering.is_eq(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Greater => ordering.is_gt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Package;

    #[test]
    fn stops_where_no_real_database_goes() {
        let mut findings = Findings::new("test");
        let (from, to) = (findings.add(Package::default()), findings.add(Package::default()));
        let candidates = vec![(to, ()); limits::DATABASE_EDGES - 1];
        let location = Location { path: "/db".to_owned(), layer: None };
        let mut edges = Edges::new(&mut findings, location);
        edges.depends(from, &candidates, |()| false);
        edges.depends(from, &[(to, ()), (to, ()), (to, ())], |()| true);
        assert_eq!(findings.relationships().len(), 1);
        assert_eq!(findings.unknowns().len(), 1);
    }

    #[test]
    fn compares() {
        let orders = [Ordering::Less, Ordering::Equal, Ordering::Greater];
        let allowed = |comparison: Comparison| orders.map(|ordering| comparison.allows(ordering));
        assert_eq!(allowed(Comparison::Less), [true, false, false]);
        assert_eq!(allowed(Comparison::LessOrEqual), [true, true, false]);
        assert_eq!(allowed(Comparison::Equal), [false, true, false]);
        assert_eq!(allowed(Comparison::GreaterOrEqual), [false, true, true]);
        assert_eq!(allowed(Comparison::Greater), [false, false, true]);
    }
}
