//! Where the fields of a JSON text are, so that one of them can be changed and no other byte.

use std::ops::Range;

/// One value, with its place in the text.
#[derive(Debug)]
pub struct Field {
    /// As in `tlogEntries[0].logIndex`; empty for the document.
    pub path: String,
    pub shape: Shape,
    /// The value.
    pub value: Range<usize>,
    /// The value and its key, if it has one.
    pub member: Range<usize>,
    /// The member and the comma that goes with it.
    pub whole: Range<usize>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    List,
    Number,
    Object,
    Text,
    /// `true`, `false`, `null`.
    Word,
}

/// Every field of a valid document. Of a long list the first, the middle and the last element.
pub fn fields(text: &str) -> Vec<Field> {
    let mut scanner = Scanner { text: text.as_bytes(), at: 0, fields: Vec::new() };
    scanner.space();
    let start = scanner.at;
    let shape = scanner.value("");
    let all = start..scanner.at;
    let root = Field { path: String::new(), shape, value: all.clone(), member: all.clone(), whole: all };
    scanner.fields.insert(0, root);
    scanner.fields
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    fields: Vec<Field>,
}

impl Scanner<'_> {
    fn space(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        while self.text[self.at] != b'"' {
            self.at += if self.text[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        serde_json::from_slice(&self.text[start..self.at]).expect("a JSON string")
    }

    fn value(&mut self, path: &str) -> Shape {
        match self.text[self.at] {
            b'"' => {
                self.string();
                Shape::Text
            }
            b'{' => {
                self.container(path, b'}', true);
                Shape::Object
            }
            b'[' => {
                self.container(path, b']', false);
                Shape::List
            }
            first => {
                while self.text.get(self.at).is_some_and(|byte| !b",]} \t\r\n".contains(byte)) {
                    self.at += 1;
                }
                if first == b'-' || first.is_ascii_digit() { Shape::Number } else { Shape::Word }
            }
        }
    }

    /// Scans the members; those of a long list that are not in the sample leave no fields.
    fn container(&mut self, path: &str, close: u8, keyed: bool) {
        self.at += 1;
        self.space();
        let mut members: Vec<(Field, Vec<Field>)> = Vec::new();
        while self.text[self.at] != close {
            let start = self.at;
            let name = if keyed {
                let key = self.string();
                self.space();
                self.at += 1;
                self.space();
                if path.is_empty() { key } else { format!("{path}.{key}") }
            } else {
                format!("{path}[{}]", members.len())
            };
            let before = std::mem::take(&mut self.fields);
            let from = self.at;
            let shape = self.value(&name);
            let inner = std::mem::replace(&mut self.fields, before);
            let (value, member) = (from..self.at, start..self.at);
            members.push((Field { path: name, shape, value, whole: member.clone(), member }, inner));
            self.space();
            if self.text[self.at] == b',' {
                self.at += 1;
                self.space();
            }
        }
        self.at += 1;
        let last = members.len().saturating_sub(1);
        for index in 0..members.len() {
            members[index].0.whole = match (members.get(index + 1), index.checked_sub(1)) {
                (Some((next, _)), _) => members[index].0.member.start..next.member.start,
                (None, Some(previous)) => members[previous].0.member.end..members[index].0.member.end,
                (None, None) => members[index].0.member.clone(),
            };
        }
        for (index, (field, inner)) in members.into_iter().enumerate() {
            if keyed || [0, last / 2, last].contains(&index) {
                self.fields.push(field);
                self.fields.extend(inner);
            }
        }
    }
}

#[test]
fn finds_every_field() {
    let text = r#" {"a": [1, "x\"y" ], "b":{"c":true}} "#;
    let found: Vec<(String, &str, &str)> =
        fields(text).into_iter().map(|field| (field.path, &text[field.value], &text[field.whole])).collect();
    let all = text.trim();
    let expected = [
        ("", all, all),
        ("a", r#"[1, "x\"y" ]"#, r#""a": [1, "x\"y" ], "#),
        ("a[0]", "1", "1, "),
        ("a[1]", r#""x\"y""#, r#", "x\"y""#),
        ("b", r#"{"c":true}"#, r#", "b":{"c":true}"#),
        ("b.c", "true", r#""c":true"#),
    ];
    assert_eq!(found.len(), expected.len());
    for (found, (path, value, whole)) in found.iter().zip(expected) {
        assert_eq!((found.0.as_str(), found.1, found.2), (path, value, whole));
    }
}
