//! Where packages lie, and where Node looks for them.
//! <https://nodejs.org/api/modules.html#loading-from-node_modules-folders>

use super::super::path;

/// What a `package.json` stands for, by the directory that it lies in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place<'a> {
    /// A package that was installed, or a project.
    Installed,
    /// Something within the directory of an installed package.
    Within {
        /// That directory.
        owner: &'a str,
        /// The rest of the path.
        rest: &'a str,
    },
    /// Nothing that counts.
    Nowhere,
}

/// What the `package.json` of a directory stands for.
///
/// Within `node_modules` packages are `node_modules/name` and `node_modules/@scope/name`, and nothing further
/// down: a `package.json` there sets the type of modules (`dist/cjs`), belongs to a test, or came with code
/// that was copied, which the package manager doesn't know and Node doesn't find. So it is in the directories
/// where Debian has its packages. Anywhere else it stands for itself.
pub(super) fn of(directory: &str) -> Place<'_> {
    let Some(inner) = inner_path(directory) else { return Place::Installed };
    let mut names = inner.splitn(3, '/');
    let (first, second, third) = (names.next().unwrap_or_default(), names.next(), names.next());
    // The store of pnpm has `node_modules/.pnpm/name@1.0.0/node_modules/name`, a rest of npm is `.name-x1y2z3`.
    if first.is_empty() || first.starts_with('.') {
        return Place::Nowhere;
    }
    let rest = match (first.starts_with('@'), second) {
        (true, None) => return Place::Nowhere,
        (true, Some(_)) => third,
        (false, _) => inner.split_once('/').map(|(_, rest)| rest),
    };
    let Some(rest) = rest else { return Place::Installed };
    let length = directory.len().saturating_sub(rest.len()).saturating_sub(1);
    directory.get(..length).map_or(Place::Nowhere, |owner| Place::Within { owner, rest })
}

/// Whether a path within a package is one where others are tried, shown or made, not used.
pub(super) fn is_aside(rest: &str) -> bool {
    let aside =
        |part: &str| part.starts_with(['.', '_']) || ASIDE.contains(&part.to_ascii_lowercase().as_str());
    rest.split('/').any(aside)
}

/// The rest of a path behind the last directory that holds packages; `None` without one.
fn inner_path(directory: &str) -> Option<&str> {
    let modules = directory.rfind("node_modules/").filter(|start| is_boundary(directory, *start));
    if let Some(start) = modules {
        return directory.get(start..)?.strip_prefix("node_modules/");
    }
    DEBIAN.iter().find_map(|root| directory.strip_prefix(root)?.strip_prefix('/'))
}

fn is_boundary(path: &str, start: usize) -> bool {
    start == 0 || path.get(..start).is_some_and(|above| above.ends_with('/'))
}

/// Where Node looks for `name` on behalf of a module in `directory`, nearest first.
pub(super) fn candidates(directory: &str, name: &str) -> Vec<String> {
    // A name that leads elsewhere is none.
    if name.is_empty() || name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut at = directory;
    loop {
        if path::name(at) != "node_modules" {
            let separator = if at.is_empty() { "" } else { "/" };
            found.push(format!("{at}{separator}node_modules/{name}"));
        }
        if at.is_empty() {
            break;
        }
        at = path::parent(at);
    }
    // Debian's Node looks there last.
    found.extend(DEBIAN.iter().map(|root| format!("{root}/{name}")));
    found
}

/// Directories of tests, examples and templates.
const ASIDE: [&str; 16] = [
    "benchmark",
    "benchmarks",
    "demo",
    "demos",
    "doc",
    "docs",
    "example",
    "examples",
    "fixture",
    "fixtures",
    "spec",
    "template",
    "templates",
    "test",
    "testdata",
    "tests",
];

/// Where Debian installs packages.
const DEBIAN: [&str; 2] = ["usr/share/nodejs", "usr/lib/nodejs"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_lie_right_below_node_modules() {
        for directory in [
            "app",
            "",
            "app/packages/a",
            "app/node_modules/a",
            "app/node_modules/@s/a",
            "app/node_modules/a/node_modules/b",
            "app/node_modules/.pnpm/a@1.0.0_b@2.0.0/node_modules/@s/a",
            "usr/share/nodejs/a",
            "usr/share/nodejs/@s/a",
            "usr/share/nodejs/a/node_modules/b",
            "my_node_modules/a/b",
        ] {
            assert_eq!(of(directory), Place::Installed, "{directory}");
        }
        for directory in ["app/node_modules/@s", "app/node_modules/.cache/x", "app/node_modules/.a-x1y2/lib"]
        {
            assert_eq!(of(directory), Place::Nowhere, "{directory}");
        }
        for (owner, rest) in [
            ("app/node_modules/a", "dist/cjs"),
            ("app/node_modules/@s/a", "esm"),
            ("app/node_modules/a", "test/fixtures/b"),
            ("usr/share/nodejs/a", "lib"),
        ] {
            assert_eq!(of(&format!("{owner}/{rest}")), Place::Within { owner, rest });
        }
    }

    #[test]
    fn tests_and_examples_are_aside() {
        assert!(is_aside("test/resolver/baz") && is_aside("lib/Fixtures/a") && is_aside(".cache/a"));
        assert!(!is_aside("dist/compiled/react-is") && !is_aside("vendor/tester"));
    }

    #[test]
    fn looks_upwards() {
        let expected = [
            "app/node_modules/a/node_modules/@s/b",
            "app/node_modules/@s/b",
            "node_modules/@s/b",
            "usr/share/nodejs/@s/b",
            "usr/lib/nodejs/@s/b",
        ];
        assert_eq!(candidates("app/node_modules/a", "@s/b"), expected);
        for name in ["", "..", "../x", "a//b", "/etc"] {
            assert!(candidates("app", name).is_empty(), "{name}");
        }
    }
}
