//! The test authority's cases: written out for the real verifiers, and compared with their recorded verdicts.

use std::path::PathBuf;

use crate::support::authority::cases;

/// Writes every case below `PORTCULLIS_CASES`, for `scripts/judges.sh`.
#[test]
#[ignore = "writes files; run by scripts/judges.sh"]
#[expect(clippy::disallowed_methods, reason = "the script says where")]
fn write_cases() {
    let directory = PathBuf::from(std::env::var_os("PORTCULLIS_CASES").expect("PORTCULLIS_CASES is set"));
    for case in cases::all() {
        case.write(&directory.join(case.name));
    }
}
