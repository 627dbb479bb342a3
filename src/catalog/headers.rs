//! `Name: value` lines with folded values, as Python's core metadata and R's `DESCRIPTION` have them.
//!
//! Names are looked up without regard to case, and may repeat. What is no header line is passed over.

/// The headers of one file.
#[derive(Debug, Default)]
pub(super) struct Headers {
    fields: Vec<(String, String)>,
}

impl Headers {
    /// Reads up to the first empty line, after which Python's metadata has the description.
    pub(super) fn parse(text: &str) -> Self {
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            if line.is_empty() {
                break;
            }
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push('\n');
                    value.push_str(unfold(line));
                }
            } else if let Some((name, value)) = line.split_once(':') {
                fields.push((name.trim_end().to_owned(), value.trim().to_owned()));
            }
        }
        Self { fields }
    }

    /// The first value under `name` that says something.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name))
            .find_map(|(_, value)| said(value))
    }

    /// All values under `name` that say something, in their order.
    pub(super) fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        let fields = self.fields.iter().filter(move |(field, _)| field.eq_ignore_ascii_case(name));
        fields.filter_map(|(_, value)| said(value))
    }
}

/// distutils wrote UNKNOWN for whatever it was not told.
fn said(value: &str) -> Option<&str> {
    Some(value.trim()).filter(|value| !value.is_empty() && *value != "UNKNOWN")
}

/// distutils folds by eight spaces, setuptools for a while by seven and a bar.
fn unfold(line: &str) -> &str {
    line.strip_prefix("       |").or_else(|| line.strip_prefix("        ")).unwrap_or(line.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_headers_up_to_the_body() {
        let text = "Name: a\r\nLicense: MIT\r\n        line\r\n       |bar\r\nx\r\nname: b\r\nPlatform: UNKNOWN\r\n\r\nName: c\r\n";
        let headers = Headers::parse(text);
        assert_eq!(headers.all("NAME").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(headers.first("License"), Some("MIT\nline\nbar"));
        assert_eq!(headers.first("Platform"), None);
        assert_eq!(Headers::parse("").first("Name"), None);
        assert_eq!(Headers::parse("  folded\nName:\n").first("Name"), None);
    }
}
