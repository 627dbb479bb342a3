//! What one classifier looks for.

/// A program, the names that it has, and how its version lies in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// syft's name of the classifier.
    pub class: &'static str,
    /// The names of the program.
    pub glob: &'static str,
    /// Other names of the file that symbolic links with such a name lead to: those links may come after it.
    pub also: &'static [&'static str],
    /// Where it must lie besides.
    pub path: Option<&'static str>,
    /// A program that one such row knows is not shown to the later rows with the same glob.
    pub exclusive: bool,
    /// What stands in its name before the version, which `<NAMED>` in a pattern begins with.
    pub named: Option<&'static str>,
    /// How the version lies in it: the first that matches anywhere counts. `<V>` is a version of three numbers.
    pub patterns: &'static [&'static str],
    /// Name of the package.
    pub package: &'static str,
    /// Package URL without `pkg:` and version.
    pub purl: &'static str,
    /// CPE names, from part to product.
    pub cpes: &'static [&'static str],
}

impl Row {
    /// For what a row does not say.
    pub(super) const EMPTY: Self = Self {
        class: "",
        glob: "",
        also: &[],
        path: None,
        exclusive: false,
        named: None,
        patterns: &[],
        package: "",
        purl: "",
        cpes: &[],
    };
}
