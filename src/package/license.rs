//! What a package says of its licence.

mod expression;
mod names;
mod text;

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
    /// Reads a declaration: an SPDX expression, loosely spelled, a name, a URL that is known to mean one, or a whole
    /// text. What is none of these has no [`Self::expression`].
    ///
    /// ```
    /// use portcullis::package::License;
    ///
    /// let read = |text| License::declared(text).expression;
    /// assert_eq!(read("MIT/Apache-2.0").as_deref(), Some("MIT OR Apache-2.0"));
    /// assert_eq!(read("GPL-2+").as_deref(), Some("GPL-2.0-or-later"));
    /// assert_eq!(read("The Apache License, Version 2.0").as_deref(), Some("Apache-2.0"));
    /// // Which of the BSD licences is not said.
    /// assert_eq!(read("BSD"), None);
    /// ```
    #[must_use]
    pub fn declared(text: &str) -> Self {
        let text = text.trim();
        if text.len() > NAME_BYTES || text.lines().count() > NAME_LINES {
            return Self { location: None, ..Self::from_text(text, "") };
        }
        let expression = expression::normalise(text);
        Self { declared: text.to_owned(), expression, text: None, location: None }
    }

    /// Recognises the text of a licence, which lies at `path`. One that is not known is kept as it is.
    #[must_use]
    pub fn from_text(text: &str, path: &str) -> Self {
        let location = Some(path.to_owned()).filter(|path| !path.is_empty());
        match text::recognise(text) {
            Some(expression) => {
                Self { declared: expression.clone(), expression: Some(expression), text: None, location }
            }
            None => {
                let kept = text.trim().chars().take(TEXT_CHARACTERS).collect();
                Self { declared: String::new(), expression: None, text: Some(kept), location }
            }
        }
    }
}

/// What is longer is a text, not a name or an expression.
const NAME_BYTES: usize = 1000;

/// See [`NAME_BYTES`].
const NAME_LINES: usize = 6;

/// How much of an unknown text is kept: the longest on SPDX's list has 120,000 characters, the GPL 35,000.
const TEXT_CHARACTERS: usize = 64 << 10;
