//! `cosign dockerfile verify`.

use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;

use clap::Args;
use clap::Subcommand;
use portcullis::limits;

use super::arguments::GlobalFlags;
use super::blob;
use super::error::Failure;
use super::error::Result;
use super::verify;
use super::verify::VerifyFlags;
use crate::cli::context;
use crate::cli::output::say;

/// Provides utilities for discovering images in and performing operations on Dockerfiles
#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(Box<Verify>),
}

/// Verify a signature on the base image specified in the Dockerfile
#[derive(Args, Debug)]
struct Verify {
    /// only verify the base image (the last FROM image in the Dockerfile)
    #[arg(long)]
    base_image_only: bool,
    #[command(flatten)]
    flags: VerifyFlags,
    /// The Dockerfile
    #[arg(value_name = "DOCKERFILE")]
    files: Vec<String>,
}

/// Runs the command.
pub(super) fn run(options: &Options, global: &GlobalFlags) -> Result {
    let Command::Verify(options) = &options.command;
    let [file] = options.files.as_slice() else {
        return Err(Failure::new(format!("accepts 1 arg(s), received {}", options.files.len())));
    };
    let bytes = blob::read(Path::new(file), limits::POLICY_BYTES)
        .map_err(|error| error.context("could not open Dockerfile"))?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::new(format!("{file} is not UTF-8")))?;
    let mut images = images(&text, context::variable)
        .map_err(|error| error.context("failed extracting images from Dockerfile"))?;
    if options.base_image_only {
        images.drain(..images.len().saturating_sub(1));
    }
    if images.is_empty() {
        return Err(Failure::new("no images found in Dockerfile"));
    }
    say(format_args!("Extracted image(s): {}", portcullis::report::printable(&images.join(", "))));
    verify::images(&options.flags, &images, global)
}

/// The images of `FROM` and `COPY --from`, as cosign finds them: line by line, with variables from `ARG` and
/// `ENV` lines above or else from the environment.
fn images(text: &str, environment: impl Fn(&str) -> Option<String>) -> Result<Vec<String>> {
    let mut variables: HashMap<String, String> = HashMap::new();
    let mut stages: HashSet<String> = HashSet::new();
    let mut images = Vec::new();
    for (index, line) in text.lines().map(str::trim).enumerate() {
        let expand = |text: &str| {
            expand(text, |name| {
                variables.get(name).cloned().or_else(|| environment(name)).unwrap_or_default()
            })
        };
        if let Some(rest) = after(line, "ARG").or_else(|| after(line, "ENV")) {
            let pairs = expand(rest);
            let pairs = pairs.split_whitespace().filter_map(|pair| pair.split_once('='));
            variables.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        } else if let Some(rest) = after(line, "FROM") {
            let rest = expand(rest);
            let mut fields: Vec<&str> = rest.split_whitespace().collect();
            let alias = fields.iter().rposition(|field| field.eq_ignore_ascii_case("AS"));
            if let Some(alias) = alias.filter(|alias| *alias > 0) {
                stages.extend(fields.get(alias.saturating_add(1)).map(|stage| (*stage).to_owned()));
                fields.truncate(alias);
            }
            // cosign panics here.
            let image = fields.last().ok_or_else(|| {
                Failure::new(format!("line {}: FROM names no image", index.saturating_add(1)))
                    .with_hint("a variable without a default is taken from the environment")
            })?;
            match *image {
                "scratch" => say("- scratch image ignored"),
                image => images.push(image.to_owned()),
            }
        } else if let Some(rest) = after(line, "COPY") {
            let from = rest.split_whitespace().find_map(|field| field.strip_prefix("--from="));
            let image = from.map(expand).filter(|image| !image.is_empty() && !stages.contains(image));
            images.extend(image);
        }
    }
    Ok(images)
}

/// What follows an instruction, in any case.
fn after<'a>(line: &'a str, instruction: &str) -> Option<&'a str> {
    let (head, rest) = line.split_at_checked(instruction.len())?;
    head.eq_ignore_ascii_case(instruction).then_some(rest)
}

/// `$name` and `${name}`, as Go's `os.Expand` reads them.
fn expand(text: &str, value: impl Fn(&str) -> String) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let (name, tail) = match after.strip_prefix('{') {
            Some(braced) => braced.split_once('}').unwrap_or(("", braced)),
            None => {
                let special = after.chars().next().filter(|c| "*#$@!?-0123456789".contains(*c));
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                after.split_at(special.map_or_else(|| end.unwrap_or(after.len()), char::len_utf8))
            }
        };
        expanded.push_str(&value(name));
        rest = tail;
    }
    expanded.push_str(rest);
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> String {
        let environment = |name: &str| (name == "SET").then(|| "env".to_owned());
        images(text, environment).map_or_else(|_| "refused".to_owned(), |images| images.join(", "))
    }

    /// The second column is what cosign 3.1.1 extracts.
    #[test]
    fn finds_what_cosign_finds() {
        for (text, expected) in [
            ("ARG BASE=r/a\nARG TAG=1\nFROM ${BASE}:$TAG as two", "r/a:1"),
            ("FROM x AS two\nARG L=in\nFROM y/$L", "x, y/in"),
            ("arg B=low\nFROM $B", "low"),
            ("ARG B\nFROM b/$B", "b/"),
            ("ARG SET=df\nFROM $SET", "df"),
            ("FROM $SET", "env"),
            ("FROM b/$UNSET", "b/"),
            ("ARG A=x B=y\nFROM $A/$B", "x/y"),
            ("ARG A=\"quoted\"\nFROM $A", "\"quoted\""),
            ("ENV A=env\nFROM x/$A", "x/env"),
            ("ENV A env\nFROM x/$A", "x/"),
            ("ARG A=x\nENV A=y\nFROM $A", "y"),
            ("ARG A=x\nARG B=$A/y\nFROM $B", "x/y"),
            ("ARG A = x\nFROM x/$A", "x/"),
            ("from lower\nFrom Mixed", "lower, Mixed"),
            ("FROM --platform=linux/amd64 x AS b", "x"),
            ("FROM a as b as c", "b"),
            ("COPY --from=copy /a /b\nCOPY --from=copy2\ncopy --from=copy3", "copy, copy2, copy3"),
            ("COPY --from=$SET\nCOPY --chown=1 --from=img a b\nCOPY a=b", "env, img"),
            ("FROM scratch AS s\nFROM x", "x"),
            ("# FROM x\nFROM y", "y"),
            ("FROM AS", "AS"),
            ("FROM AS x", "x"),
            ("FROM a as s\nCOPY --from=0 x y\nCOPY --from=s x y\nCOPY --from=S x y", "a, 0, S"),
            ("FROM a AS s\nFROM s\nFROM b\nCOPY --from=s x y", "a, s, b"),
            ("FROM a$$b$1c$*d", "abcd"),
            ("FROM a\nFROM a", "a, a"),
            ("", ""),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn refuses_where_cosign_panics() {
        for text in ["FROM", "FROM $UNSET", "FROM ${UNSET:-def}", "FROM $A\nARG A=x"] {
            assert_eq!(found(text), "refused", "{text}");
        }
    }
}
