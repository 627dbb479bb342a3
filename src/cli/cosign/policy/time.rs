//! OPA's functions of time, in UTC: <https://www.openpolicyagent.org/docs/v0/policy-reference/builtins/time>.
//!
//! The engine's own come with the tables of every time zone, which every start of the program would pay for. A
//! named time zone, and a layout of Go's `time.Parse`, are refused.

use std::io;

use jiff::Span;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use regorus::Engine;
use regorus::Value;

use crate::cli::context;
use crate::cli::cosign::flags;

/// Gives the functions to an engine.
pub(super) fn extend(engine: &mut Engine) {
    let now = context::now();
    type Function = fn(&[Value], Timestamp) -> Option<Value>;
    let functions: [(&str, u8, Function); 7] = [
        ("time.add_date", 4, add_date),
        ("time.clock", 1, clock),
        ("time.date", 1, date),
        ("time.now_ns", 0, |_, now| nanoseconds(now)),
        ("time.parse_duration_ns", 1, parse_duration),
        ("time.parse_rfc3339_ns", 1, parse),
        ("time.weekday", 1, weekday),
    ];
    for (name, arguments, function) in functions {
        let call = move |values: Vec<Value>| {
            function(&values, now).ok_or_else(|| io::Error::other(format!("{name} cannot take this")).into())
        };
        let _ = engine.add_extension(name.to_owned(), arguments, Box::new(call));
    }
}

fn parse(values: &[Value], _: Timestamp) -> Option<Value> {
    let [Value::String(text)] = values else { return None };
    nanoseconds(text.parse().ok()?)
}

fn parse_duration(values: &[Value], _: Timestamp) -> Option<Value> {
    let [Value::String(text)] = values else { return None };
    let duration = flags::parse_duration(text).ok()?;
    Some(Value::from(i64::try_from(duration.as_nanos()).ok()?))
}

fn add_date(values: &[Value], _: Timestamp) -> Option<Value> {
    let [time, years, months, days] = values else { return None };
    let number = |value: &Value| value.as_i64().ok();
    let span = Span::new().try_years(number(years)?).ok()?.try_months(number(months)?).ok()?;
    let span = span.try_days(number(days)?).ok()?;
    let time = utc(time)?.checked_add(span).ok()?;
    nanoseconds(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn clock(values: &[Value], _: Timestamp) -> Option<Value> {
    let [time] = values else { return None };
    let time = utc(time)?;
    Some(list([time.hour(), time.minute(), time.second()].map(i64::from)))
}

fn date(values: &[Value], _: Timestamp) -> Option<Value> {
    let [time] = values else { return None };
    let time = utc(time)?;
    Some(list([i64::from(time.year()), i64::from(time.month()), i64::from(time.day())]))
}

fn weekday(values: &[Value], _: Timestamp) -> Option<Value> {
    let [time] = values else { return None };
    Some(Value::from(format!("{:?}", utc(time)?.weekday())))
}

/// Nanoseconds since 1970.
fn utc(value: &Value) -> Option<DateTime> {
    let time = Timestamp::from_nanosecond(i128::from(value.as_i64().ok()?)).ok()?;
    Some(time.to_zoned(TimeZone::UTC).datetime())
}

fn nanoseconds(time: Timestamp) -> Option<Value> {
    Some(Value::from(i64::try_from(time.as_nanosecond()).ok()?))
}

fn list(numbers: [i64; 3]) -> Value {
    Value::from(numbers.map(Value::from).to_vec())
}
