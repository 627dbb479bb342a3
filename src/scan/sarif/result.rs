//! What one result says: whether it is a finding, how bad, and whether the report sets it aside.

use std::fmt::Write;

use super::log::Invocation;
use super::log::Rule;
use super::log::RuleReference;
use super::log::RunResult;
use super::rules::Rules;
use super::rules::Wanted;
use crate::scan::finding::Finding;
use crate::scan::finding::FindingKind;
use crate::scan::finding::Severities;
use crate::scan::finding::Severity;
use crate::scan::finding::Suppression;
use crate::scan::wire::Scalar;

/// A result with the rules that it is of.
pub(super) struct Case<'a> {
    pub(super) result: &'a RunResult<'a>,
    pub(super) rules: Vec<&'a Rule<'a>>,
    pub(super) level: Level,
    pub(super) score: Score,
    pub(super) message: String,
}

/// `level`, 3.27.10. It cannot tell `HIGH` from `CRITICAL`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Level {
    Error,
    Warning,
    Note,
    None,
    /// A word that SARIF does not have.
    Other(String),
}

/// `security-severity`, GitHub's: a string with a number above 0 and up to 10.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Score {
    /// The highest that is one.
    pub(super) severity: Option<Severity>,
    /// What is none: `9,8`, `NaN`.
    pub(super) malformed: Option<String>,
}

impl<'a> Case<'a> {
    pub(super) fn new(
        result: &'a RunResult<'a>,
        rules: &Rules<'a>,
        invocations: &'a [Invocation<'a>],
    ) -> Self {
        let wanted = Wanted { id: &result.rule_id, index: result.rule_index, reference: &result.rule };
        let found = rules.find(wanted);
        let level = level(result, &found, rules, invocations);
        let mut score = Score::default();
        score.take(&result.properties.score);
        for rule in &found {
            score.take(&rule.properties.score);
        }
        let message = message(result, &found, rules);
        Self { result, rules: found, level, score, message }
    }

    /// The rule that is told of, where several are meant.
    pub(super) fn rule(&self) -> Option<&'a Rule<'a>> {
        self.rules.first().copied()
    }

    pub(super) fn rule_id(&self) -> &'a str {
        let result = self.result;
        let named = [&*result.rule_id, &*result.rule.id].into_iter().find(|id| !id.is_empty());
        named.or(self.rule().map(|rule| &*rule.id)).unwrap_or("unnamed")
    }

    /// Where it is, as far as one place goes.
    pub(super) fn uri(&self) -> Option<&'a str> {
        let uris = self.result.locations.iter().map(|location| &*location.physical.artifact.uri);
        uris.into_iter().find(|uri| !uri.is_empty())
    }

    /// The finding that any tool's result is. Nothing where the result says that there is none.
    pub(super) fn finding(&self) -> Option<Finding> {
        let kind = &*self.result.kind;
        let is_word = !matches!(self.level, Level::None);
        let (severity, word) = match kind {
            "" | "fail" => self.severity(),
            // A level other than `none` contradicts the kind (3.27.10): one of the two is wrong.
            "informational" | "notApplicable" | "pass" if is_word => self.severity(),
            "informational" | "notApplicable" | "pass" => return None,
            // `open` and `review`: not shown to be clean.
            other => (Severity::Unknown, Some(other.to_owned())),
        };
        let mut severities = Severities::default();
        if let Some(score) = self.score.severity {
            severities.insert("security-severity", score);
        }
        let uri = self.uri().map(str::to_owned);
        let help = self.rule().map(|rule| &*rule.help_uri).filter(|uri| !uri.is_empty());
        Some(Finding {
            target: uri.clone().unwrap_or_default(),
            path: uri,
            title: self.message.lines().next().map(shortened),
            url: help.map(str::to_owned),
            severity,
            severity_word: word,
            severities,
            suppressed: self.suppression().map(Box::new),
            ..Finding::new(FindingKind::Vulnerability, self.rule_id().to_owned())
        })
    }

    /// By level and score, whichever is worse, and a word that is none of ours.
    fn severity(&self) -> (Severity, Option<String>) {
        let word = self.score.malformed.clone();
        match (&self.level, self.score.severity) {
            (Level::Other(level), score) => (score.unwrap_or(Severity::Unknown), Some(level.clone())),
            (Level::Error, Some(score)) => (score.max(Severity::High), word),
            (level, Some(score)) => (score.max(level.severity()), word),
            (level, None) => (level.severity(), word),
        }
    }

    /// A severity that the tool's own text names, and the level that the tool writes for it: the text where both
    /// agree, otherwise the worse, since texts hold names out of the image.
    pub(super) fn named(&self, word: &str, level: &Level) -> (Severity, Option<String>) {
        match word.parse::<Severity>() {
            Ok(severity) if self.result.level.is_empty() || self.level == *level => (severity, None),
            Ok(severity) => (severity.max(self.level.severity()), None),
            Err(_) => (self.level.severity(), Some(word.to_owned())),
        }
    }

    /// 3.27.23: absent and empty are not suppressed. Nobody who looked at it may be in doubt (3.35.3); without a
    /// status, a suppression counts as accepted.
    fn suppression(&self) -> Option<Suppression> {
        let all = &self.result.suppressions;
        if all.is_empty() || !all.iter().all(|one| matches!(&*one.status, "" | "accepted")) {
            return None;
        }
        let join = |texts: Vec<&str>| {
            let texts: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
            texts.join(", ")
        };
        Some(Suppression {
            status: "accepted".to_owned(),
            source: join(all.iter().map(|one| &*one.kind).collect()),
            statement: join(all.iter().map(|one| &*one.justification).collect()),
        })
    }
}

impl Level {
    pub(super) fn read(word: &str) -> Self {
        match word {
            "error" => Self::Error,
            "warning" => Self::Warning,
            "note" => Self::Note,
            "none" => Self::None,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The worst that it may stand for.
    pub(super) fn severity(&self) -> Severity {
        match self {
            Self::Error => Severity::Critical,
            Self::Warning => Severity::Medium,
            Self::Note => Severity::Low,
            Self::None | Self::Other(_) => Severity::Unknown,
        }
    }

    /// For choosing the worse of two. A word that is not known is the worst.
    fn rank(&self) -> u8 {
        match self {
            Self::None => 0,
            Self::Note => 1,
            Self::Warning => 2,
            Self::Error => 3,
            Self::Other(_) => 4,
        }
    }
}

impl Score {
    fn take(&mut self, value: &Scalar) {
        let Some(text) = value.0.as_deref() else { return };
        // Digits and one dot: neither `NaN` nor `1e9`, `+9` and `9,8`.
        let number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        match text.parse::<f64>() {
            Ok(score) if number => self.severity = self.severity.max(band(score)),
            _ => self.malformed = Some(text.to_owned()),
        }
    }
}

/// GitHub's bands, with 9.0 as critical: what Grype writes for a critical finding without a score is exactly that.
fn band(score: f64) -> Option<Severity> {
    match score {
        score if score > 10.0 || score <= 0.0 => None,
        score if score >= 9.0 => Some(Severity::Critical),
        score if score >= 7.0 => Some(Severity::High),
        score if score >= 4.0 => Some(Severity::Medium),
        _ => Some(Severity::Low),
    }
}

/// 3.27.10: what the result says; `none` for a kind other than `fail`; what an override says; what the rule says, or
/// `warning`.
fn level<'a>(
    result: &RunResult<'a>,
    of: &[&Rule<'a>],
    rules: &Rules<'a>,
    invocations: &[Invocation<'a>],
) -> Level {
    if !result.level.is_empty() {
        return Level::read(&result.level);
    }
    if !matches!(&*result.kind, "" | "fail") {
        return Level::None;
    }
    let is_of = |reference: &RuleReference<'a>| {
        let wanted = Wanted { id: &reference.id, index: reference.index, reference };
        rules.find(wanted).iter().any(|rule| of.iter().any(|known| std::ptr::eq(*known, *rule)))
    };
    let overridden = |invocation: &Invocation<'a>| {
        let levels = invocation.overrides.iter().filter(|one| !one.configuration.level.is_empty());
        let levels = levels.filter(|one| is_of(&one.rule)).map(|one| Level::read(&one.configuration.level));
        levels.max_by_key(Level::rank)
    };
    // With the invocation named, every reader takes its override. Without, the text says that none applies, and
    // Microsoft's SDK applies it all the same: the worse of the two.
    let own = result.provenance.invocation.and_then(|index| usize::try_from(index).ok());
    if let Some(level) = own.and_then(|index| invocations.get(index)).and_then(overridden) {
        return level;
    }
    let others = invocations.iter().filter(|_| own.is_none()).filter_map(overridden);
    let defaults = of.iter().map(|rule| match &*rule.configuration.level {
        "" => Level::Warning,
        level => Level::read(level),
    });
    others.chain(defaults).max_by_key(Level::rank).unwrap_or(Level::Warning)
}

/// 3.11.7: the text, or the rule's or the tool's string of that name with the arguments put in.
fn message<'a>(result: &RunResult<'a>, of: &[&Rule<'a>], rules: &Rules<'a>) -> String {
    let message = &result.message;
    if !message.text.is_empty() || message.id.is_empty() {
        return message.text.to_string();
    }
    let own = of.iter().find_map(|rule| rule.strings.0.get(&*message.id)).map(|string| &*string.text);
    let Some(template) = own.or_else(|| rules.string(&message.id)) else { return String::new() };
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (number, behind) = after.split_once('}').unwrap_or((after, ""));
        let argument = number.parse::<usize>().ok().and_then(|index| message.arguments.get(index));
        match argument {
            Some(argument) => text.push_str(argument),
            None => write!(text, "{{{number}}}").unwrap_or_default(),
        }
        rest = behind;
    }
    text.push_str(rest);
    text
}

/// The beginning of a text.
pub(super) fn shortened(line: &str) -> String {
    const LENGTH: usize = 160;
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}..", line.get(..end).unwrap_or_default().trim_end()),
        None => line.to_owned(),
    }
}
