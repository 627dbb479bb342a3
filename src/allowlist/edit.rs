//! Changes to the text of an allowlist that keep its comments and its order.
//!
//! Only lists in block style are changed: one entry begins with a dash on its own line. What was written is read again
//! and compared before it is given out.

use super::Allowlist;
use super::AllowlistError;
use super::draft::Draft;
use super::entry::Entry;

/// An allowlist without entries.
pub const EMPTY: &str = "version: 1\nentries: []\n";

/// Adds entries at the end of the list.
///
/// # Errors
/// The text is no allowlist, is in a style that is not changed, or an entry cannot be one.
pub fn add(text: &str, drafts: &[Draft]) -> Result<String, EditError> {
    let before = Allowlist::from_slice(text.as_bytes())?;
    check_drafts(drafts)?;
    if drafts.is_empty() {
        return Ok(text.to_owned());
    }
    let layout = Layout::read(text, before.entries())?;
    let mut lines = layout.lines.clone();
    let at = match layout.starts.last() {
        Some(last) => layout.end_of(*last),
        None => {
            lines = layout.with_entries_line("entries:");
            layout.key.saturating_add(1)
        }
    };
    let mut written = Vec::new();
    for (place, draft) in drafts.iter().enumerate() {
        if layout.has_gaps() && (place > 0 || !layout.starts.is_empty()) {
            written.push(String::new());
        }
        written.extend(draft.write(layout.indent));
    }
    lines.splice(at..at, written);
    let after = layout.text(&lines);
    let read = Allowlist::from_slice(after.as_bytes())?;
    let (old, new) = read.entries().split_at_checked(before.entries().len()).ok_or(EditError::Unsound)?;
    let is_sound = is_same(before.entries().iter(), old)
        && new.len() == drafts.len()
        && drafts.iter().zip(new).all(|(draft, entry)| draft.is(entry));
    if is_sound { Ok(after) } else { Err(EditError::Unsound) }
}

/// Removes the entries that begin in these lines, each with the comment directly above it.
///
/// # Errors
/// The text is no allowlist, is in a style that is not changed, or no entry begins in one of the lines.
pub fn prune(text: &str, remove: &[u64]) -> Result<String, EditError> {
    let before = Allowlist::from_slice(text.as_bytes())?;
    if let Some(line) = remove.iter().find(|line| before.entries().iter().all(|entry| entry.line != **line)) {
        return Err(EditError::NoEntry { line: *line });
    }
    let layout = Layout::read(text, before.entries())?;
    let kept: Vec<&Entry> = before.entries().iter().filter(|entry| !remove.contains(&entry.line)).collect();
    let mut lines = match kept.as_slice() {
        [] => layout.with_entries_line("entries: []"),
        _ => layout.lines.clone(),
    };
    for (entry, start) in before.entries().iter().zip(&layout.starts).rev() {
        if remove.contains(&entry.line) {
            lines.drain(layout.span(*start));
        }
    }
    let after = layout.text(&lines);
    let read = Allowlist::from_slice(after.as_bytes())?;
    if is_same(kept.into_iter(), read.entries()) { Ok(after) } else { Err(EditError::Unsound) }
}

/// Why a text was not changed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// It is no allowlist, or would be none.
    #[error(transparent)]
    Allowlist(#[from] AllowlistError),
    /// What is to be added cannot be an entry.
    #[error("cannot add {id}: {}", without_place(reason))]
    Draft {
        /// Of the finding.
        id: String,
        /// What is wrong.
        reason: AllowlistError,
    },
    /// There is no such entry.
    #[error("no entry begins in line {line}")]
    NoEntry {
        /// From 1.
        line: u64,
    },
    /// A style that is read and not changed.
    #[error(
        "line {line}: only a list with a dash and a line for each entry can be changed; change this file by hand"
    )]
    Style {
        /// From 1.
        line: usize,
    },
    /// The result would not say what it must.
    #[error("the text of this allowlist cannot be changed safely; change it by hand")]
    Unsound,
}

/// A line of a text that nobody has seen says nothing.
fn without_place(error: &AllowlistError) -> String {
    let text = error.to_string();
    let rest = text.strip_prefix("line ").and_then(|rest| rest.split_once(": "));
    rest.map_or(text.clone(), |(_, rest)| rest.to_owned())
}

fn check_drafts(drafts: &[Draft]) -> Result<(), EditError> {
    for draft in drafts {
        check_draft(draft)?;
    }
    Ok(())
}

/// The entry that a draft becomes.
pub(super) fn check_draft(draft: &Draft) -> Result<Entry, EditError> {
    let text = format!("version: 1\nentries:\n{}\n", draft.write(2).join("\n"));
    let refused = |reason| EditError::Draft { id: draft.id.clone(), reason };
    let list = Allowlist::from_slice(text.as_bytes()).map_err(refused)?;
    match list.entries() {
        [entry] if draft.is(entry) => Ok(entry.clone()),
        _ => Err(EditError::Unsound),
    }
}

/// Whether entries are the same but for their lines.
fn is_same<'a>(expected: impl ExactSizeIterator<Item = &'a Entry>, found: &[Entry]) -> bool {
    expected.len() == found.len()
        && expected.zip(found).all(|(a, b)| Entry { line: 0, ..a.clone() } == Entry { line: 0, ..b.clone() })
}

/// Where the entries stand in the text.
struct Layout {
    lines: Vec<String>,
    /// Of `entries:`.
    key: usize,
    /// Of each entry.
    starts: Vec<usize>,
    /// Of the dashes.
    indent: usize,
    newline: &'static str,
    ends_with_newline: bool,
}

impl Layout {
    fn read(text: &str, entries: &[Entry]) -> Result<Self, EditError> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let key =
            lines.iter().position(|line| line.starts_with("entries:")).ok_or(EditError::Style { line: 1 })?;
        let value = lines.get(key).and_then(|line| line.strip_prefix("entries:")).unwrap_or_default();
        let value = value.split(" #").next().unwrap_or_default().trim();
        if !matches!((value, entries), ("", [_, ..]) | ("[]", [])) {
            return Err(EditError::Style { line: key.saturating_add(1) });
        }
        let mut starts = Vec::new();
        let mut indent = None;
        for entry in entries {
            let line = usize::try_from(entry.line).unwrap_or(usize::MAX);
            let start = line.saturating_sub(1);
            let text = lines.get(start).map(String::as_str).unwrap_or_default();
            let here = indent_of(text);
            if !text.trim_start().starts_with("- ") || *indent.get_or_insert(here) != here || start <= key {
                return Err(EditError::Style { line });
            }
            starts.push(start);
        }
        Ok(Self {
            lines,
            key,
            starts,
            indent: indent.unwrap_or(2),
            newline: if text.contains("\r\n") { "\r\n" } else { "\n" },
            ends_with_newline: text.ends_with('\n'),
        })
    }

    /// The line behind the last of the entry that begins at `start`: what belongs to it stands further in than its dash.
    fn end_of(&self, start: usize) -> usize {
        let rest = self.lines.iter().enumerate().skip(start.saturating_add(1));
        let is_within = |line: &str| line.trim().is_empty() || indent_of(line) > self.indent;
        let within = rest.take_while(|(_, line)| is_within(line)).filter(|(_, line)| !line.trim().is_empty());
        within.last().map_or(start, |(place, _)| place).saturating_add(1)
    }

    /// The lines of an entry, with the comment directly above it and the blank lines behind it, or above the last.
    fn span(&self, start: usize) -> std::ops::Range<usize> {
        let first = self.with_comment(start);
        match self.starts.iter().find(|other| **other > start) {
            Some(next) => first..self.with_comment(*next),
            None => {
                let above = self.lines.get(..first).unwrap_or_default().iter().rev();
                let blank = above.take_while(|line| line.trim().is_empty()).count();
                first.saturating_sub(blank)..self.end_of(start)
            }
        }
    }

    /// The first line of the comment directly above an entry, as far in as its dash.
    fn with_comment(&self, start: usize) -> usize {
        let above = self.lines.get(self.key.saturating_add(1)..start).unwrap_or_default().iter().rev();
        let is_comment =
            |line: &&String| line.trim_start().starts_with('#') && indent_of(line) == self.indent;
        start.saturating_sub(above.take_while(is_comment).count())
    }

    /// Whether blank lines stand between entries.
    fn has_gaps(&self) -> bool {
        let between = self.starts.iter().skip(1).filter_map(|start| self.with_comment(*start).checked_sub(1));
        between.into_iter().any(|above| self.lines.get(above).is_some_and(|line| line.trim().is_empty()))
    }

    /// The lines with another text in place of `entries:` and its value.
    fn with_entries_line(&self, text: &str) -> Vec<String> {
        let mut lines = self.lines.clone();
        if let Some(line) = lines.get_mut(self.key) {
            let comment = line.find(" #").and_then(|at| line.get(at..)).unwrap_or_default();
            *line = format!("{text}{comment}");
        }
        lines
    }

    fn text(&self, lines: &[String]) -> String {
        let mut text = lines.join(self.newline);
        if self.ends_with_newline || self.starts.is_empty() {
            text.push_str(self.newline);
        }
        text
    }
}

/// Blanks in front: YAML has no tabs there.
fn indent_of(line: &str) -> usize {
    line.len().saturating_sub(line.trim_start_matches(' ').len())
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    const LIST: &str = "\
# Who reads this?
version: 1
entries: # newest last

  # Of the base image.
  - id: CVE-2026-0001   # openssl
    package: openssl
    owner: team@example.com
    ticket: SEC-1
    reason: |
      Not reachable:

      # no comment
      - no entry
    created: 2026-11-01
    expires: 2026-12-31

  # About the second.
  # Two lines.
  - package: zlib
    id: CVE-2026-0002
    owner: team@example.com
    ticket: SEC-2
    reason: not reachable
    created: 2026-11-01
    expires: 2026-12-31
    # Within the second.

# At the end.
";

    const THIRD: &str = "  - id: CVE-2026-0003
    package: pkg:npm/%40example/a
    owner: team@example.com
    ticket: SEC-1
    reason: \"a: b\"
    created: 2026-11-01
    expires: 2026-12-31
";

    fn third() -> Draft {
        Draft {
            package: Some("pkg:npm/%40example/a".to_owned()),
            reason: "a: b".to_owned(),
            ..Draft::new("CVE-2026-0003", &terms())
        }
    }

    /// Each line is written as it stands in the file; a text in between is what is left out.
    fn without(text: &str, from: &str, to: &str) -> String {
        let start = text.find(from).unwrap();
        let end = start + text[start..].find(to).unwrap();
        format!("{}{}", &text[..start], &text[end..])
    }

    #[test]
    fn an_entry_is_added_at_the_end_of_the_list() {
        let after = "    # Within the second.\n";
        assert_eq!(add(LIST, &[third()]).unwrap(), LIST.replace(after, &format!("{after}\n{THIRD}")));
        assert_eq!(add(LIST, &[]).unwrap(), LIST);
        assert_eq!(add(EMPTY, &[third()]).unwrap(), format!("version: 1\nentries:\n{THIRD}"));
        // Dashes below the key, and something behind the list.
        let third_in_front = THIRD.replace("\n  ", "\n").trim_start_matches(' ').to_owned();
        let dense = format!("entries:\n{third_in_front}version: 1\n");
        let expected = format!("entries:\n{third_in_front}{third_in_front}version: 1\n");
        assert_eq!(add(&dense, &[third()]).unwrap(), expected);
        let windows = LIST.replace('\n', "\r\n");
        assert_eq!(add(&windows, &[third()]).unwrap(), add(LIST, &[third()]).unwrap().replace('\n', "\r\n"));
    }

    #[test]
    fn an_entry_goes_with_its_comment() {
        let first = without(LIST, "  # Of the base image.", "  # About the second.");
        assert_eq!(prune(LIST, &[6]).unwrap(), first);
        let second = without(LIST, "\n  # About the second.", "\n# At the end.");
        assert_eq!(prune(LIST, &[20]).unwrap(), second);
        assert_eq!(
            prune(LIST, &[20, 6]).unwrap(),
            "# Who reads this?\nversion: 1\nentries: [] # newest last\n\n# At the end.\n"
        );
        assert_eq!(prune(LIST, &[]).unwrap(), LIST);
        assert_eq!(prune(LIST, &[7]), Err(EditError::NoEntry { line: 7 }));
    }

    #[test]
    fn what_is_added_is_removed_again() {
        let added = add(LIST, &[third()]).unwrap();
        let line = Allowlist::from_slice(added.as_bytes()).unwrap().entries()[2].line;
        assert_eq!(prune(&added, &[line]).unwrap(), LIST);
    }

    #[test]
    fn other_styles_are_left_alone() {
        let flow = format!(
            "version: 1\nentries: [{}]\n",
            text("id: a, package: b").split("- ").nth(1).unwrap().trim()
        );
        assert_eq!(add(&flow, &[third()]), Err(EditError::Style { line: 2 }));
        assert_eq!(prune(&flow, &[2]), Err(EditError::Style { line: 2 }));
        let inline = text("id: a, package: b");
        assert!(add(&inline, &[third()]).unwrap().starts_with(&inline));
        let apart = LIST.replace("  - package: zlib", "  -\n    package: zlib");
        assert!(matches!(add(&apart, &[third()]), Err(EditError::Style { .. })));
    }

    #[test]
    fn what_cannot_be_an_entry_is_not_added() {
        let nowhere = Draft::new("CVE-2026-0003", &terms());
        let error = add(LIST, &[nowhere]).unwrap_err().to_string();
        assert_eq!(
            error,
            "cannot add CVE-2026-0003: the entry for CVE-2026-0003 says neither `package` nor `path`: it would be met \
             wherever CVE-2026-0003 is found"
        );
        assert!(matches!(add("version: 1\n", &[third()]), Err(EditError::Allowlist(_))));
    }
}
