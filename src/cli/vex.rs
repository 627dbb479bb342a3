//! VEX files that a policy names.

use std::path::Path;

use portcullis::limits;
use portcullis::vex;
use portcullis::vex::Vex;

use super::context;
use super::output::Problem;

/// Reads a document.
pub(super) fn read(path: &Path) -> Result<Vex, Problem> {
    parse(path, &context::read_file(path, limits::VEX_BYTES)?)
}

/// Reads a document out of its bytes; `path` is for messages.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Vex, Problem> {
    vex::read(bytes).map_err(|error| {
        Problem::new(format_args!("{}: {error}", path.display()))
            .code("vex")
            .hint("the policy names it in `trust-unsigned-files`: mend the file, or take it out there")
    })
}
