//! One evaluation, by `regorus`.

use std::fmt::Display;
use std::io;
use std::num::NonZeroU32;
use std::sync::LazyLock;
use std::time::Duration;
use std::time::Instant;

use portcullis::report::printable;
use regex::Regex;
use regorus::Engine;
use regorus::Value;
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::utils::limits::TimeSource;
use regorus::utils::limits::set_time_source;
use serde_json::Value as Json;

use super::Source;
use super::source;
use super::time;

/// Why the statement is not allowed; nothing if `data.signature.allow` is exactly `true`.
pub(super) fn evaluate(files: &[Source], statement: &str, limit: Duration) -> Vec<String> {
    match allow(files, statement, limit) {
        Ok(Some(Json::Bool(true))) => Vec::new(),
        Ok(Some(value)) => vec![format!("expression value, {}, is not true", go(&value))],
        Ok(None) => vec![format!("result is undefined for query '{QUERY}'")],
        Err(error) => vec![error],
    }
}

fn allow(files: &[Source], statement: &str, limit: Duration) -> Result<Option<Json>, String> {
    let mut engine = engine(limit);
    let mut packages = Vec::new();
    for file in files {
        let package = engine.add_policy(file.name.clone(), file.text.clone());
        packages.push(package.map_err(|error| format!("1 error occurred during loading: {}", told(&error)))?);
    }
    source::check(files, &packages)?;
    engine.set_input(Value::from_json_str(statement).map_err(|error| told(&error))?);
    let results = engine.eval_query(QUERY.to_owned(), false).map_err(|error| told(&error))?;
    let mut values = results.result.into_iter().flat_map(|result| result.expressions);
    match (values.next().map(|expression| expression.value), values.next()) {
        (None | Some(Value::Undefined), None) => Ok(None),
        (Some(value), None) => {
            let text = value.to_json_str().map_err(|error| told(&error))?;
            serde_json::from_str(&text).map(Some).map_err(|error| error.to_string())
        }
        _ => Err(format!("more than one result for query '{QUERY}'")),
    }
}

/// The clock by which the engine's time is bounded.
struct Clock;

impl TimeSource for Clock {
    fn now(&self) -> Option<Duration> {
        Some(START.elapsed())
    }
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

fn engine(limit: Duration) -> Engine {
    // It is set once for the process; that it is set already is no error.
    let _ = set_time_source(&Clock);
    let mut engine = Engine::new();
    engine.set_rego_v0(true);
    // Off-spec: to OPA a built-in function that fails is undefined, which under `not` or in a count of
    // reasons to deny allows. Here it is an error.
    engine.set_strict_builtin_errors(true);
    engine.set_gather_prints(true);
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit,
        check_interval: NonZeroU32::MIN.saturating_add(99),
    });
    // `regex.match` under its older name. That no other function has it is the engine's to check.
    let re_match = |arguments: Vec<Value>| match arguments.as_slice() {
        [Value::String(pattern), Value::String(text)] => Ok(Value::Bool(Regex::new(pattern)?.is_match(text))),
        _ => Err(io::Error::other("re_match takes two strings").into()),
    };
    let _ = engine.add_extension("re_match".to_owned(), 2, Box::new(re_match));
    time::extend(&mut engine);
    engine
}

/// An error of `regorus` on one line: file, line and reason, without the excerpt of the policy.
fn told(error: &impl Display) -> String {
    let text = error.to_string();
    let place = text.lines().find_map(|line| line.strip_prefix("--> "));
    let place = place.and_then(|place| place.rsplit_once(':')).map(|(place, _)| place);
    let reason: Vec<&str> =
        text.lines().skip_while(|line| !line.starts_with("error: ")).map(str::trim).collect();
    let reason = reason.join(" ");
    let told = match (place, reason.strip_prefix("error: ")) {
        (Some(place), Some(reason)) => format!("{place}: {reason}"),
        _ => text.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    printable(&told).to_string()
}

/// A value as Go's `%v` writes it.
fn go(value: &Json) -> String {
    match value {
        Json::Null => "<nil>".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(value) => value.to_string(),
        Json::String(value) => printable(value).to_string(),
        Json::Array(values) => format!("[{}]", values.iter().map(go).collect::<Vec<_>>().join(" ")),
        Json::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            let members: Vec<_> =
                members.into_iter().map(|(key, value)| format!("{}:{}", printable(key), go(value))).collect();
            format!("map[{}]", members.join(" "))
        }
    }
}

/// What must be `true`.
const QUERY: &str = "data.signature.allow";

#[cfg(test)]
mod tests {
    use super::*;

    const STATEMENT: &str = r#"{"predicateType": "https://spdx.dev/Document", "subject": [{"name": "a"}]}"#;

    fn of(rules: &[&str]) -> Vec<String> {
        let file = |(index, rules): (usize, &&str)| Source {
            name: format!("{index}.rego"),
            text: format!("package signature\n{rules}\n"),
        };
        evaluate(&rules.iter().enumerate().map(file).collect::<Vec<_>>(), STATEMENT, Duration::from_secs(1))
    }

    /// The second column is what cosign 3.1.1 prints.
    #[test]
    fn says_what_cosign_says() {
        for (rules, expected) in [
            (r#"allow { input.predicateType == "https://spdx.dev/Document" }"#, None),
            (
                r#"allow { input.predicateType == "x" }"#,
                Some("result is undefined for query 'data.signature.allow'"),
            ),
            ("default allow = false", Some("expression value, false, is not true")),
            ("allow = \"yes\"", Some("expression value, yes, is not true")),
            ("allow = \"true\"", Some("expression value, true, is not true")),
            ("allow = null", Some("expression value, <nil>, is not true")),
            ("allow = [true]", Some("expression value, [true], is not true")),
            ("allow[x] { x := input.subject[_].name }", Some("expression value, [a], is not true")),
            (
                r#"allow = {"d": 2, "b": [true, null, "x<y"], "c": {1, 2}}"#,
                Some("expression value, map[b:[true <nil> x<y] c:[1 2] d:2], is not true"),
            ),
            ("allow = 12345678901234567890", Some("expression value, 12345678901234567890, is not true")),
            ("import rego.v1\nallow if input.subject", None),
            ("import future.keywords\nallow if { every s in input.subject { s.name == \"a\" } }", None),
            (
                r#"allow { time.parse_rfc3339_ns("2026-11-23T14:51:50.5+01:00") == 1795441910500000000 }"#,
                None,
            ),
            (r#"allow { time.now_ns() > time.parse_rfc3339_ns("2024-01-01T00:00:00Z") }"#, None),
            (r#"allow { time.now_ns() - time.parse_duration_ns("1h30m") < time.now_ns() }"#, None),
            ("allow { time.date(1795441910500000000) == [2026, 11, 23] }", None),
            ("allow { time.clock(1795441910500000000) == [13, 51, 50] }", None),
            (r#"allow { time.weekday(1795441910500000000) == "Monday" }"#, None),
            ("allow { time.date(time.add_date(1795441910500000000, 1, 2, 10)) == [2028, 2, 2] }", None),
            ("allow { re_match(\"^http\", input.predicateType) }", None),
            ("allow { some i; walk(input, [[\"subject\", i, \"name\"], \"a\"]) }", None),
            (
                "deny[m] { m := input.subject[_].name }\nallow { count(deny) == 0 }",
                Some("result is undefined for query 'data.signature.allow'"),
            ),
        ] {
            assert_eq!(of(&[rules]), expected.into_iter().map(str::to_owned).collect::<Vec<_>>(), "{rules}");
        }
    }

    #[test]
    fn files_are_one_policy() {
        assert!(of(&["allow { input.nothing }", "allow { input.subject }"]).is_empty());
        assert!(of(&["allow { data.signature.helper }", "helper { input.subject }"]).is_empty());
        assert!(of(&["default allow = false", "default allow = true"])[0].contains("multiple default rules"));
        assert!(of(&["allow = true", "allow = false { true }"])[0].contains("conflicts"));
    }

    /// cosign refuses these too, most of them before the evaluation.
    #[test]
    fn a_mistake_allows_nothing() {
        for rules in [
            "allow {",
            "allow { x == y }",
            "allow { no.such_function(1) }",
            "allow { not no.such_function(1) }",
            "allow { allow2 }\nallow2 { allow }",
            "allow { every x in input.subject { x } }",
            "allow { not 1 / 0 == 1 }",
            "allow(x) { x }",
            "package signature",
            "allow { not time.parse_rfc3339_ns(\"yesterday\") == 1 }",
            "allow { not time.date([1, \"Europe/Paris\"]) == [1970, 1, 1] }",
        ] {
            assert_eq!(of(&[rules]).len(), 1, "{rules}");
        }
        assert_eq!(evaluate(&[], STATEMENT, Duration::from_secs(1)).len(), 1);
        let other = Source { name: "o.rego".to_owned(), text: "package other\nallow = true".to_owned() };
        assert_eq!(evaluate(&[other], STATEMENT, Duration::from_secs(1)).len(), 1);
    }

    /// To OPA, and to cosign, these allow: what fails is undefined, and there is no reason to deny.
    #[test]
    fn a_function_that_fails_denies() {
        for rules in [
            "deny[1] { to_number(input.predicateType) > 1 }\nallow { count(deny) == 0 }",
            "allow { not http.send({\"method\": \"get\", \"url\": \"http://localhost\"}) }",
        ] {
            assert_eq!(of(&[rules]).len(), 1, "{rules}");
        }
    }

    #[test]
    fn errors_are_one_printable_line() {
        let error = &of(&["allow = \"\u{1b}[31m\" {"])[0];
        assert!(!error.contains(['\n', '\u{1b}']) && error.contains("0.rego:"), "{error:?}");
        assert_eq!(of(&["allow = \"a\\u001b\""])[0], "expression value, a\\u{1b}, is not true");
    }

    #[test]
    fn time_is_bounded() {
        let numbers = "n = numbers.range(1, 3000)\n";
        let error = of(&[&format!("{numbers}allow {{ x := n[_]; y := n[_]; z := n[_]; x * y * z == 0 }}")]);
        assert!(error[0].contains("time limit"), "{error:?}");
    }
}
