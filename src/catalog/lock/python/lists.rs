//! Which extras a project asks for, by its `pyproject.toml`.

use serde_json::Value;

use super::super::super::view::View;
use super::super::value;
use super::super::value::Fields;
use super::Extras;

/// Adds what the `pyproject.toml` beside `path` asks for: `[project]` of PEP 621 and `[tool.poetry]`.
pub(super) fn extras_of_project(view: &View<'_>, path: &str, extras: &mut Extras) {
    let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let bytes = view.read(&format!("{folder}pyproject.toml")).unwrap_or_default();
    let document = std::str::from_utf8(bytes).ok().and_then(|text| value::from_toml(text).ok());
    let Some(document) = document else { return };
    if let Some(project) = document.get("project") {
        let optional =
            project.table("optional-dependencies").filter_map(|(_, list)| list.as_array()).flatten();
        for text in project.list("dependencies").iter().chain(optional).filter_map(Value::as_str) {
            if let Some((name, asked, _)) = super::requirement(text) {
                extras.ask(&name, asked.into_iter());
            }
        }
    }
    let Some(poetry) = document.get("tool").and_then(|tool| tool.get("poetry")) else { return };
    let groups = poetry.table("group").map(|(_, group)| group);
    for table in groups.chain([poetry]) {
        for (name, entry) in table.table("dependencies").chain(table.table("dev-dependencies")) {
            let several = entry.as_array().into_iter().flatten();
            for entry in several.chain([entry]) {
                extras.ask(name, entry.list("extras").iter().filter_map(Value::as_str).map(super::normal));
            }
        }
    }
}
