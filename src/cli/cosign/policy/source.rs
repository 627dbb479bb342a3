//! What OPA refuses or does and `regorus` does not, found in the text of a policy before it is evaluated.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::Source;

/// Refuses what would be evaluated otherwise than by OPA. `packages` are those of `files`, in their order.
///
/// 1. Two `default` of one rule: OPA refuses them, `regorus` takes the last one.
/// 2. `walk` as a value: in OPA the expression holds once for every pair, in `regorus` it is an array of all
///    of them. A rule that looks for something bad would find nothing.
pub(super) fn check(files: &[Source], packages: &[String]) -> Result<(), String> {
    let mut defaults: BTreeMap<String, &str> = BTreeMap::new();
    for (file, package) in files.iter().zip(packages) {
        let code = code(&file.text);
        // 1.
        for (_, [rule]) in DEFAULT.captures_iter(&code).map(|captures| captures.extract()) {
            let rule = format!("{package}.{rule}");
            if let Some(other) = defaults.insert(rule.clone(), &file.name) {
                return Err(format!(
                    "1 error occurred: {}: rego_type_error: multiple default rules {rule} found at {other}, {}",
                    file.name, file.name
                ));
            }
        }
        // 2.
        if let Some(line) =
            WALK.find_iter(&code).find_map(|found| odd_walk(&code, found.start(), found.end()))
        {
            return Err(format!(
                "{}:{line}: walk is supported as the expression walk(value, [path, value]) only",
                file.name
            ));
        }
    }
    Ok(())
}

/// The line of a `walk` that is anything else than the expression `walk(_, _)`.
fn odd_walk(code: &str, start: usize, end: usize) -> Option<usize> {
    let (before, after) = (code.get(..start)?, code.get(end..)?);
    let line = before.matches('\n').count().saturating_add(1);
    let previous = before.trim_end().chars().next_back();
    let alone = previous.is_none_or(|c| !"=([,:<>+-*/%&.".contains(c)) && !before.trim_end().ends_with(" as");
    let (arguments, rest) = arguments(after)?;
    let rest = rest.trim_start_matches([' ', '\t']).chars().next();
    let ends = rest.is_none_or(|c| ";\r\n}]".contains(c));
    (!alone || arguments != 2 || !ends).then_some(line)
}

/// The number of arguments in the parentheses at the start, and what follows them; zero where there are none.
fn arguments(text: &str) -> Option<(usize, &str)> {
    if !text.starts_with('(') {
        return Some((0, text));
    }
    let mut depth = 0_usize;
    let mut count = 1_usize;
    for (index, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth = depth.saturating_add(1),
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 1 => count = count.saturating_add(1),
            _ => {}
        }
        if depth == 0 {
            return text.get(index.saturating_add(1)..).map(|rest| (count, rest));
        }
    }
    Some((0, ""))
}

/// The text with comments left out and strings emptied.
fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '#' => {
                let end = characters.find(|c| *c == '\n');
                code.extend(end);
            }
            '"' => {
                code.push_str("\"\"");
                while let Some(c) = characters.next() {
                    match c {
                        '\\' => drop(characters.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '`' => {
                code.push_str("\"\"");
                code.extend(characters.by_ref().take_while(|c| *c != '`').filter(|c| *c == '\n'));
            }
            _ => code.push(c),
        }
    }
    code
}

#[expect(clippy::unwrap_used, reason = "the patterns are constants")]
static DEFAULT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bdefault\s+([A-Za-z_]\w*)").unwrap());

#[expect(clippy::unwrap_used, reason = "the patterns are constants")]
static WALK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bwalk\b").unwrap());

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(texts: &[&str]) -> Option<String> {
        let files: Vec<Source> =
            texts.iter().map(|text| Source { name: "a.rego".to_owned(), text: (*text).to_owned() }).collect();
        check(&files, &vec!["data.signature".to_owned(); files.len()]).err()
    }

    #[test]
    fn walk_is_an_expression_only() {
        for text in [
            "a { walk(input, [p, v]); v == 1 }",
            "a { some p, v\n  walk(input, [p, v])\n  v == 1 }",
            "a = [v | walk(input, [_, v])]",
            "a { not walk(input, [[\"x\"], 1]) }",
            "# [p, v] := walk(input)\na = \"walk(x)[1]\"",
            "a = `\n\" walk(x)`",
            "sidewalk(x) { x }",
        ] {
            assert_eq!(refusal(&[text]), None, "{text}");
        }
        for text in [
            "a { [p, v] := walk(input) }",
            "a { [p, v] = \n walk(input) }",
            "a { walk(input)[1] == 1 }",
            "a { walk(input, [p, v])[0] }",
            "a { walk (input) }",
            "a { count(walk(input, x)) == 0 }",
            "a { count(input) == 0 with count as walk }",
            "a { x := \"\\\"\"; [p, v] := walk(input) }",
        ] {
            assert!(refusal(&[text]).unwrap().contains("walk"), "{text}");
        }
    }

    #[test]
    fn one_default_for_each_rule() {
        assert_eq!(refusal(&["default a = false\ndefault b = true", "a { true }"]), None);
        assert!(refusal(&["default a = false", "default  a := true"]).unwrap().contains("multiple default"));
        assert!(refusal(&["default a = false\n# x\ndefault a = true"]).is_some());
    }
}
