//! The outermost object of a JSON document, before it is known what kind of document it is.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::de::MapAccess;

use super::context::Context;
use super::json_ld::Graph;
use super::object::Field;
use super::version_2::CreationInfo;
use crate::spdx::document::Form;
use crate::spdx::error::SpdxError;
use crate::spdx::view::Edge;
use crate::spdx::view::View;

/// What stands in the outermost object.
pub(super) struct Root<'a> {
    pub(super) view: View<'a>,
    pub(super) seen: Seen,
    pub(super) creation: Option<CreationInfo<'a>>,
    /// `documentDescribes`.
    pub(super) describes: Vec<Cow<'a, str>>,
    /// `hasFiles` of each package that has some.
    pub(super) owned: Vec<(Cow<'a, str>, Vec<Cow<'a, str>>)>,
    pub(super) graph: Option<Graph<'a>>,
}

/// The keys that tell documents apart.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) version_2: bool,
    graph: bool,
    data: bool,
    cyclonedx: bool,
    artifacts: bool,
    descriptor: bool,
    statement: bool,
    envelope: bool,
}

impl Default for Root<'_> {
    fn default() -> Self {
        Self {
            view: View::empty(Form::Json),
            seen: Seen::default(),
            creation: None,
            describes: Vec::new(),
            owned: Vec::new(),
            graph: None,
        }
    }
}

impl<'a> Root<'a> {
    /// Keys that SPDX 2 does not have.
    pub(super) fn other<A: MapAccess<'a>>(
        &mut self,
        key: &str,
        field: Field<'_, 'a, A>,
    ) -> Result<(), A::Error> {
        match key {
            "@graph" => {
                self.seen.graph = true;
                let mut graph = Graph::default();
                field.each(|element, context| graph.take(element, context))?;
                self.graph = Some(graph);
                return Ok(());
            }
            "Data" => self.seen.data = true,
            "bomFormat" => self.seen.cyclonedx = true,
            "artifacts" => self.seen.artifacts = true,
            "descriptor" => self.seen.descriptor = true,
            "_type" => self.seen.statement = true,
            "payloadType" => self.seen.envelope = true,
            "@context" => {}
            _ => return field.unknown(),
        }
        field.skip().map(drop)
    }

    /// What the document is, and its view.
    pub(super) fn finish(mut self, context: Context) -> Result<View<'a>, SpdxError> {
        let seen = self.seen;
        let not = |found| Err(SpdxError::NotSpdx { found });
        match (seen.version_2, self.graph.take()) {
            (true, Some(_)) => not("SPDX 2 and SPDX 3 in one object"),
            (true, None) => self.finish_2(context),
            (false, Some(graph)) => graph.finish(context),
            (false, None) if seen.graph => not("an @graph that is no list"),
            (false, None) if seen.envelope => Err(SpdxError::NotSpdx { found: ENVELOPE }),
            (false, None) if seen.statement => Err(SpdxError::NotSpdx { found: STATEMENT }),
            (false, None) if seen.data => Err(SpdxError::NotSpdx { found: DATA }),
            (false, None) if seen.cyclonedx => not("CycloneDX"),
            (false, None) if seen.artifacts && seen.descriptor => {
                not("syft's own JSON (use `syft -o spdx-json`)")
            }
            (false, None) => not("an object without spdxVersion"),
        }
    }

    fn finish_2(self, context: Context) -> Result<View<'a>, SpdxError> {
        let mut view = self.view;
        check_version(&view.version)?;
        if let Some(creation) = self.creation {
            view.created = creation.created;
            view.creators = creation.creators;
            view.creator_comment = creation.comment;
            view.license_list = creation.license_list;
        }
        let document = view.id.clone().unwrap_or(Cow::Borrowed("SPDXRef-DOCUMENT"));
        let describes = self.describes.into_iter().map(|to| (document.clone(), "DESCRIBES", to));
        let owned = self.owned.into_iter();
        let contains =
            owned.flat_map(|(from, files)| files.into_iter().map(move |to| (from.clone(), "CONTAINS", to)));
        add_missing(&mut view.edges, describes.chain(contains).collect());
        view.diagnostics = context.diagnostics;
        Ok(view)
    }
}

/// Adds the edges that are not there yet.
pub(super) fn add_missing<'a>(
    edges: &mut Vec<Edge<'a>>,
    more: Vec<(Cow<'a, str>, &'static str, Cow<'a, str>)>,
) {
    if more.is_empty() {
        return;
    }
    let more = more.into_iter().map(|(from, relation, to)| Edge { from, relation: relation.into(), to });
    let mut fresh: Vec<Edge<'a>> = Vec::new();
    {
        let there: HashSet<(&str, &str, &str)> =
            edges.iter().map(|edge| (&*edge.from, &*edge.relation, &*edge.to)).collect();
        fresh.extend(more.filter(|edge| !there.contains(&(&*edge.from, &*edge.relation, &*edge.to))));
    }
    edges.append(&mut fresh);
}

/// The versions with the model of SPDX 2.
pub(super) fn check_version(version: &str) -> Result<(), SpdxError> {
    let minor = version.strip_prefix("SPDX-2.").map(|rest| rest.split('.').next().unwrap_or_default());
    let known = minor.is_some_and(|minor| matches!(minor, "0" | "1" | "2" | "3"));
    if known { Ok(()) } else { Err(SpdxError::Version { found: version.to_owned() }) }
}

/// A document under `Data`, as cosign before 2.0 wrote.
pub(in crate::spdx) const DATA: &str = "a document under \"Data\"";
/// An in-toto statement.
const STATEMENT: &str = "an in-toto statement, which holds one";
/// A DSSE envelope.
const ENVELOPE: &str = "a DSSE envelope, which holds one";
