//! The command line as Go's `pflag` and cosign read it, on top of clap: `--flag=false`, values from
//! `COSIGN_<FLAG>`, long flags with one dash, deprecated flags that say so, and the wording of mistakes.

use std::ffi::OsString;

use clap::Arg;
use clap::ArgAction;
use clap::ArgMatches;
use clap::Command;
use clap::builder::ValueParser;
use clap::error::ContextKind;
use clap::error::ContextValue;
use clap::error::ErrorKind;
use clap::parser::ValueSource;

use super::error::Failure;
use crate::cli::context;
use crate::cli::deferred::Dialect;
use crate::cli::output::say;

/// Makes every flag of the command and its subcommands behave as with `pflag`.
pub(in crate::cli) fn as_pflag(command: Command) -> Command {
    let command = command.args_override_self(true).disable_help_subcommand(true).mut_args(flag);
    command.mut_subcommands(as_pflag)
}

/// The same for subcommands whose flags are defined later.
#[derive(Debug)]
pub(in crate::cli) struct Pflag;

impl Dialect for Pflag {
    fn speak(command: Command) -> Command {
        // Those of the program itself were made so before they came here.
        let own = |arg: Arg| if arg.is_global_set() { arg } else { flag(arg) };
        let command = command.args_override_self(true).disable_help_subcommand(true).mut_args(own);
        command.mut_subcommands(Self::speak)
    }
}

fn flag(arg: Arg) -> Arg {
    let Some(name) = arg.get_long().map(str::to_owned) else { return arg };
    let arg = match arg.get_action() {
        ArgAction::SetTrue => boolean(arg, "false"),
        ArgAction::SetFalse => boolean(arg, "true"),
        ArgAction::Set | ArgAction::Append => arg.allow_hyphen_values(true),
        _ => return arg,
    };
    // Each flag is also a variable of the environment, and the command line wins.
    match context::variable(&format!("COSIGN_{}", name.to_uppercase().replace('-', "_"))) {
        Some(value) => arg.default_value(value),
        None => arg,
    }
}

fn boolean(arg: Arg, default: &'static str) -> Arg {
    arg.action(ArgAction::Set)
        .num_args(0..=1)
        .require_equals(true)
        .value_parser(ValueParser::new(parse_bool))
        .default_value(default)
        .default_missing_value("true")
}

/// The spellings of Go's `strconv.ParseBool`.
fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {text:?}: invalid syntax")),
    }
}

/// `-key` becomes `--key`, with cosign's warning.
pub(super) fn two_dashes(arguments: Vec<OsString>) -> Vec<OsString> {
    arguments
        .into_iter()
        .map(|argument| {
            let long = argument.to_str().and_then(|text| text.strip_prefix('-')).filter(|name| {
                let first = name.chars().next();
                // One letter, also with a value attached (`-ofoo`, `-o=json`), is a short flag.
                first.is_some_and(char::is_alphabetic)
                    && LONG.iter().any(|long| name.split('=').next() == Some(*long))
            });
            let Some(long) = long else { return argument };
            let name = long.split('=').next().unwrap_or(long);
            say(format_args!(
                "WARNING: the -{name} flag is deprecated and will be removed in a future release. \
                 Please use the --{name} flag instead."
            ));
            OsString::from(format!("--{long}"))
        })
        .collect()
}

/// The flags that cosign takes with one dash, for scripts of its first year.
const LONG: [&str; 12] = [
    "allow-insecure-registry",
    "annotations",
    "attachment",
    "bundle",
    "cert",
    "check-claims",
    "key",
    "output",
    "payload",
    "predicate",
    "signature",
    "type",
];

/// Says of every deprecated flag on the command line that it is one, and of every check that the environment
/// turns off, which the command line does not show.
pub(super) fn tell_deprecated(matches: &ArgMatches) {
    tell(matches, &DEPRECATED);
    tell_turned_off(matches);
}

fn tell_turned_off(matches: &ArgMatches) {
    for (name, safe) in CHECKS {
        let off = matches.try_get_one::<bool>(name).ok().flatten().is_some_and(|value| *value != safe);
        if off && matches.value_source(name) == Some(ValueSource::DefaultValue) {
            let name = name.to_uppercase();
            say(format_args!("WARNING: COSIGN_{name} in the environment turns a check off"));
        }
    }
    if let Some((_, matches)) = matches.subcommand() {
        tell_turned_off(matches);
    }
}

/// Flags that turn checks off, with the value that does not.
const CHECKS: [(&str, bool); 4] = [
    ("check_claims", true),
    ("insecure_ignore_sct", false),
    ("insecure_ignore_tlog", false),
    ("private_infrastructure", false),
];

fn tell(matches: &ArgMatches, deprecated: &[(&str, &str)]) {
    for (name, instead) in deprecated {
        let id = name.replace('-', "_");
        let given = matches.try_contains_id(&id).is_ok()
            && matches.value_source(&id) == Some(ValueSource::CommandLine);
        if given {
            say(format_args!("Flag --{name} has been deprecated, {instead}"));
        }
    }
    match matches.subcommand() {
        Some(("trusted-root", matches)) => tell(matches, &DEPRECATED_OF_TRUSTED_ROOT),
        // There, the flags of these names are what they always were.
        Some(("bundle", _)) | None => {}
        Some((_, matches)) => tell(matches, deprecated),
    }
}

/// The same of `trusted-root create`, where some names mean something else.
const DEPRECATED_OF_TRUSTED_ROOT: [(&str, &str); 12] = [
    ("certificate-chain", "use --fulcio instead"),
    ("ctfe-end-time", "use --ctfe instead"),
    ("ctfe-key", "use --ctfe instead"),
    ("ctfe-start-time", "use --ctfe instead"),
    ("ctfe-url", "use --ctfe instead"),
    ("fulcio-uri", "use --fulcio instead"),
    ("rekor-end-time", "use --rekor instead"),
    ("rekor-key", "use --rekor instead"),
    ("rekor-start-time", "use --rekor instead"),
    ("rekor-url", "use --rekor instead"),
    ("timestamp-certificate-chain", "use --tsa instead"),
    ("timestamp-uri", "use --tsa instead"),
];

/// Deprecated flags and what cosign 3.1 says of them.
const DEPRECATED: [(&str, &str); 17] = [
    ("attachment", "please use OCI referrers for attachments and verify with `--experimental-oci11`"),
    ("attachment-tag-prefix", "please use OCI referrers"),
    ("ca-intermediates", "please use --trusted-root to provide CA certificates"),
    ("ca-roots", "please use --trusted-root to provide CA certificates"),
    ("certificate", "please use --bundle with --trusted-root to provide the public certificate"),
    ("certificate-chain", "please use --trusted-root to provide the certificate chain"),
    ("experimental-oci11", "OCI referrers will be the default behavior in future versions"),
    ("new-bundle-format", "this will be the only supported format in future versions"),
    (
        "offline",
        "To verify in an airgapped environment, provide a --bundle with the signature and verification \
         material, and a --trusted-root file with the service keys and certificates",
    ),
    ("private-infrastructure", "please use --insecure-ignore-tlog instead"),
    ("rekor-url", "please use --bundle, which includes the Rekor inclusion proof"),
    (
        "rfc3161-timestamp",
        "please use --bundle to provide the output bundle location, which will include the signed timestamp",
    ),
    ("sct", "a Signed Certificate Timestamp is now provided via a Sigstore bundle"),
    ("signature", "please use --bundle to provide a signature"),
    ("signature-digest-algorithm", "please use --bundle, which already includes the digest algorithm"),
    (
        "timestamp-certificate-chain",
        "please use --trusted-root to provide the timestamp authority certificate chain",
    ),
    ("sig-only", "use --only=sig instead"),
];

/// What clap found wrong, in the words of cobra and pflag.
pub(in crate::cli) fn mistake(error: &clap::Error) -> Failure {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(" "),
        _ => String::new(),
    };
    // `--key <KEY>` names the flag by its first word.
    let argument = text(ContextKind::InvalidArg);
    let argument = argument.split([' ', '=', '[']).next().unwrap_or_default();
    let value = text(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::UnknownArgument => {
            match argument.strip_prefix('-').filter(|rest| !rest.starts_with('-')) {
                Some(short) => {
                    let letter = short.chars().next().unwrap_or('-');
                    Failure::new(format!("unknown shorthand flag: {letter:?} in -{short}"))
                }
                None => Failure::new(format!("unknown flag: {argument}")),
            }
        }
        ErrorKind::InvalidSubcommand => {
            let found = text(ContextKind::InvalidSubcommand);
            Failure::new(format!("unknown command {found:?} for \"cosign\"\nRun 'cosign --help' for usage."))
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            Failure::new(format!("flag needs an argument: {argument}"))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map(ToString::to_string);
            let why = why.unwrap_or_else(|| "invalid value".to_owned());
            Failure::new(format!("invalid argument {value:?} for {argument:?} flag: {why}"))
        }
        _ => Failure::new(error.render().to_string().trim().trim_start_matches("error: ").to_owned()),
    }
}

/// Refuses flags that exclude each other, as cobra words it.
pub(super) fn exclusive(flags: &[(&str, bool)]) -> Result<(), Failure> {
    let set: Vec<&str> = flags.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect();
    if set.len() < 2 {
        return Ok(());
    }
    let all: Vec<&str> = flags.iter().map(|(name, _)| *name).collect();
    Err(Failure::new(format!(
        "if any flags in the group [{}] are set none of the others can be; [{}] were all set",
        all.join(" "),
        set.join(" ")
    )))
}

/// Whether a text is an address of the web, which cosign would fetch.
pub(super) fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// A duration as Go writes it: `3m0s`, `90s`, `1h30m`, `500ms`.
pub(super) fn parse_duration(text: &str) -> Result<std::time::Duration, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let mut rest = text;
    let mut seconds = 0.0_f64;
    if rest == "0" {
        return Ok(std::time::Duration::ZERO);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(invalid)?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let factor = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "\u{b5}s" => 1e-6,
            "ns" => 1e-9,
            _ => return Err(invalid()),
        };
        seconds += number.parse::<f64>().map_err(|_| invalid())? * factor;
        rest = tail;
    }
    match text.is_empty() {
        true => Err(invalid()),
        false => std::time::Duration::try_from_secs_f64(seconds).map_err(|_| invalid()),
    }
}
