//! What a package says of its licence.

/// One licence statement.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct License {
    /// As declared: an expression, a name, a URL or a whole text.
    pub declared: String,
    /// The same as an SPDX expression in its canonical spelling, if it is one or is known to mean one.
    pub expression: Option<String>,
    /// The text of the licence, where the package brings it.
    pub text: Option<String>,
    /// File that says so, where it is another than the package's own.
    pub location: Option<String>,
}

impl License {
    /// Reads a declaration: an SPDX expression, loosely spelled, or a name that is known to mean one.
    #[must_use]
    pub fn declared(text: &str) -> Self {
        let text = text.trim();
        let expression = spdx::Expression::parse_mode(text, spdx::ParseMode::LAX).ok();
        let expression = expression.and_then(|_| spdx::Expression::canonicalize(text).ok());
        let expression = expression.map(|canonical| canonical.unwrap_or_else(|| text.to_owned()));
        Self { declared: text.to_owned(), expression, text: None, location: None }
    }
}
