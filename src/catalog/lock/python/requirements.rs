//! pip's requirements files. <https://pip.pypa.io/en/stable/reference/requirements-file-format/>
//!
//! Only what is pinned with `==` is a package, as syft has it by default: a range does not say what is installed. Markers
//! are kept and not evaluated. Files that are only named as constraints (`-c`) list nothing to install.

use std::collections::HashSet;

use super::super::super::view::View;
use super::super::Lock;
use super::super::metadata;
use super::Entry;

pub(super) fn read(lock: &mut Lock<'_, '_>) -> Result<(), String> {
    let text = lock.text()?;
    for line in logical_lines(text) {
        let Some(line) = requirement_of(&line) else { continue };
        let (line, hashes) = options(line);
        let (line, markers) = line.split_once(';').unwrap_or((line, ""));
        let Some((_, extras, rest)) = super::requirement(line) else {
            // Paths and URLs.
            continue;
        };
        let (constraint, url) = rest.split_once('@').unwrap_or((rest, ""));
        let Some(version) = pinned(constraint) else { continue };
        let name = line.split(|c: char| !is_name(c)).find(|part| !part.is_empty()).unwrap_or_default();
        let fields = [
            ("name", name.into()),
            ("extras", Some(extras).filter(|extras| !extras.is_empty()).into()),
            ("versionConstraint", constraint.trim().into()),
            ("url", Some(url.trim()).filter(|url| !url.is_empty()).into()),
            ("markers", Some(markers.trim()).filter(|markers| !markers.is_empty()).into()),
        ];
        let metadata = metadata("python-pip-requirements-entry", fields);
        let vcs = Some(url.trim()).filter(|url| url.starts_with("git+")).map(str::to_owned);
        super::add(lock, Entry { name, version, vcs, digests: hashes, metadata });
    }
    Ok(())
}

/// The files, by path, that others name as constraints and none as requirements.
pub(super) fn constraints(view: &View<'_>) -> HashSet<String> {
    let (mut constraints, mut requirements) = (HashSet::new(), HashSet::new());
    for file in view.files().filter(|file| file.path.ends_with(".txt")) {
        let text = String::from_utf8_lossy(file.content.bytes().unwrap_or_default());
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for line in text.lines() {
            let line = without_comment(line);
            let after = |options: [&str; 2]| {
                options.iter().find_map(|option| line.strip_prefix(option)).and_then(|rest| {
                    let target = rest.strip_prefix(['=', ' ', '\t'])?.trim();
                    Some(joined(folder, target))
                })
            };
            if let Some(path) = after(["-c", "--constraint"]) {
                constraints.insert(path);
            } else if let Some(path) = after(["-r", "--requirement"]) {
                requirements.insert(path);
            }
        }
    }
    constraints.retain(|path| !requirements.contains(path));
    constraints
}

/// `target` from `folder`, both without a leading `/`.
fn joined(folder: &str, target: &str) -> String {
    let mut names: Vec<&str> = folder.split('/').filter(|name| !name.is_empty()).collect();
    for name in target.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    names.join("/")
}

/// Lines, with those joined that end in a backslash.
fn logical_lines(text: &str) -> impl Iterator<Item = String> {
    let mut lines = text.lines();
    std::iter::from_fn(move || {
        let mut whole = String::new();
        loop {
            let line = lines.next();
            match line.map(|line| (line, line.trim_end().strip_suffix('\\'))) {
                Some((_, Some(part))) => whole.push_str(part),
                Some((line, None)) => {
                    whole.push_str(line);
                    return Some(whole);
                }
                None => return Some(std::mem::take(&mut whole)).filter(|whole| !whole.is_empty()),
            }
        }
    })
}

/// The line without its comment, unless it is an option.
fn requirement_of(line: &str) -> Option<&str> {
    let line = without_comment(line);
    (!line.is_empty() && !line.starts_with('-')).then_some(line)
}

/// pip: a comment begins the line or follows white space.
fn without_comment(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('#') {
        return "";
    }
    let end = line.find(" #").or_else(|| line.find("\t#"));
    end.and_then(|end| line.get(..end)).unwrap_or(line).trim_end()
}

/// What stands before the options of a line, and the digests among those.
fn options(line: &str) -> (&str, Vec<&str>) {
    let (line, options) = line.split_once(" --").unwrap_or((line, ""));
    let options = options.split_ascii_whitespace().map(|option| option.trim_start_matches("--"));
    (line, options.filter_map(|option| option.strip_prefix("hash=")).collect())
}

/// The version that a constraint pins: `== 1.0`, `===1.0`. A wildcard pins none.
fn pinned(constraint: &str) -> Option<&str> {
    let constraint = constraint.trim().trim_start_matches('(').trim_end_matches(')');
    let versions = constraint.split(',').filter_map(|part| part.trim().strip_prefix("=="));
    let version = versions.map(|version| version.trim_start_matches('=').trim()).next()?;
    let spelled = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '!');
    (!version.is_empty() && version.chars().all(spelled)).then_some(version)
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use super::super::super::super::testing;
    use super::super::PythonLock;

    /// The cases of pip's documentation and of syft's tests.
    const TEXT: &str = "flask == 4.0.0
# a line that is ignored
sqlalchemy >= 1.0.0, <= 2.0.0, != 3.0.0, <= 3.0.0
foo == 1.0.0 # a comment that needs to be ignored
-e https://github.com/pnegahdar/inenv.git#egg=inenv
--index-url https://pypi.org/simple
-r other-requirements.txt
SomeProject ==5.4 ; python_version < '3.8'
requests [security] == 2.8.* ; python_version < \"2.7\"
dots-._allowed == 1.0.0
Mopidy-Dirble ~= 1.1
argh==0.26.3 --hash=sha256:a9b3aaa1904eeb78e32394cd46c6f37ac0fb4af6dc488daa58971bdc7d7fcaf3 \\
    --hash=sha256:e9535b8c84dc9571a48999094fda7f33e63c3f1b74f3e5f3ac0105a58405bb65
six==1.16.0 \\
    --hash=sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254
celery[redis, pytest] == 4.4.7 # should remove [redis, pytest]
GithubSampleProject == 3.7.1 @ git+https://github.com/example/repo@v3.7.1
direct @ https://example.com/direct-1.0.zip
./local/path==1
jinja2=={{ version }}
";

    #[test]
    fn lists_what_is_pinned() {
        let found = testing::find(&PythonLock, &[("requirements.txt", TEXT.as_bytes())]);
        let expected = [
            "flask 4.0.0 pkg:pypi/flask@4.0.0",
            "foo 1.0.0 pkg:pypi/foo@1.0.0",
            "someproject 5.4 pkg:pypi/someproject@5.4",
            "dots-allowed 1.0.0 pkg:pypi/dots-allowed@1.0.0",
            "argh 0.26.3 pkg:pypi/argh@0.26.3",
            "six 1.16.0 pkg:pypi/six@1.16.0",
            "celery 4.4.7 pkg:pypi/celery@4.4.7",
            "githubsampleproject 3.7.1 pkg:pypi/githubsampleproject@3.7.1?vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Fexample%2Frepo%40v3.7.1",
        ];
        assert_eq!(testing::list(&found), expected);
        let package = |name: &str| found.packages().iter().find(|package| package.name == name).unwrap();
        assert_eq!(package("argh").checksums, []);
        assert_eq!(package("six").checksums.len(), 1);
        let about = &package("someproject").metadata.as_ref().unwrap().fields;
        assert_eq!(
            (about["name"].as_str(), about["versionConstraint"].as_str(), about["markers"].as_str()),
            (Some("SomeProject"), Some("==5.4"), Some("python_version < '3.8'"))
        );
    }

    #[test]
    fn constraints_are_not_requirements() {
        let files: [(&str, &[u8]); 3] = [
            ("app/requirements.txt", b"-c ../pins/requirements-pins.txt\n-r requirements/base.txt\na==1\n"),
            ("app/requirements/base.txt", b"c==3"),
            ("pins/requirements-pins.txt", b"b==2"),
        ];
        let found = testing::find(&PythonLock, &files);
        assert_eq!(testing::list(&found), ["a 1 pkg:pypi/a@1", "c 3 pkg:pypi/c@3"]);
    }
}
