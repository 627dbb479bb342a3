//! `syft cataloger list`.

use std::io;
use std::io::Write;

use clap::Args;
use clap::Subcommand;
use portcullis::catalog;
use portcullis::catalog::Cataloger;
use portcullis::catalog::Selection;
use serde::Serialize;

use crate::cli::output;
use crate::cli::output::Problem;

/// Show available catalogers and configuration
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    List(Options),
}

/// List available catalogers
#[derive(Args, Debug)]
pub(super) struct Options {
    /// format to output the cataloger list (available: table, json)
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "table")]
    output: String,
    /// override the default catalogers with an expression
    #[arg(long, value_name = "WORDS")]
    override_default_catalogers: Vec<String>,
    /// select catalogers with an expression
    #[arg(long, value_name = "WORDS", allow_hyphen_values = true)]
    select_catalogers: Vec<String>,
    /// show catalogers that have been de-selected
    #[arg(long, short = 's')]
    show_hidden: bool,
}

/// Runs the command.
pub(super) fn run(command: &Command) -> Result<(), Problem> {
    let Command::List(options) = command;
    let selection =
        Selection::from_words("all", &options.override_default_catalogers, &options.select_catalogers)
            .map_err(Problem::usage)?;
    let selected: Vec<&str> = selection.catalogers().iter().map(|cataloger| cataloger.name()).collect();
    let shown = catalog::all()
        .iter()
        .copied()
        .filter(|cataloger| options.show_hidden || selected.contains(&cataloger.name()));
    let mut rows: Vec<Row> = shown.map(Row::new).collect();
    rows.sort_by_key(|row| row.name);
    match options.output.as_str() {
        "json" => {
            let base = &options.override_default_catalogers;
            let document = Document {
                default: if base.is_empty() { vec!["all".to_owned()] } else { base.clone() },
                selection: options.select_catalogers.clone(),
                catalogers: rows,
            };
            output::stdout(|out| output::json(&document, out))?;
        }
        "table" => output::stdout(|out| table(&rows, out))?,
        other => return Err(Problem::usage(format_args!("unsupported output format: {other:?}"))),
    }
    Ok(())
}

#[derive(Serialize)]
struct Document {
    default: Vec<String>,
    selection: Vec<String>,
    catalogers: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    tags: Vec<&'static str>,
}

impl Row {
    fn new(cataloger: &'static dyn Cataloger) -> Self {
        let mut tags = cataloger.tags().to_vec();
        tags.sort_unstable();
        Self { name: cataloger.name(), tags }
    }
}

/// Two columns in a frame, as syft draws it.
fn table(rows: &[Row], out: &mut impl Write) -> io::Result<()> {
    let lines: Vec<(&str, String)> = rows.iter().map(|row| (row.name, row.tags.join(", "))).collect();
    let width =
        |title: &str, texts: &mut dyn Iterator<Item = usize>| texts.chain([title.len()]).max().unwrap_or(0);
    let first = width("CATALOGER", &mut lines.iter().map(|(name, _)| name.len()));
    let second = width("TAGS", &mut lines.iter().map(|(_, tags)| tags.len()));
    let (bar_1, bar_2) = ("─".repeat(first + 2), "─".repeat(second + 2));
    writeln!(out, "┌{bar_1}┬{bar_2}┐")?;
    writeln!(out, "│ {:<first$} │ {:<second$} │", "CATALOGER", "TAGS")?;
    writeln!(out, "├{bar_1}┼{bar_2}┤")?;
    for (name, tags) in &lines {
        writeln!(out, "│ {name:<first$} │ {tags:<second$} │")?;
    }
    writeln!(out, "└{bar_1}┴{bar_2}┘")
}
