//! What an entry says besides the finding.

use clap::Args;
use jiff::civil::Date;
use portcullis::allowlist::Terms;

use super::day;
use super::today;

/// Who answers for entries, and until when.
#[derive(Args, Debug)]
pub(super) struct TermArguments {
    /// Who answers for it
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// Where it is followed up
    #[arg(long, value_name = "TICKET")]
    ticket: String,
    /// Last day on which it counts (UTC)
    #[arg(long, value_name = "DAY", value_parser = day)]
    expires: Date,
    /// First day on which it counts (UTC). Default: today
    #[arg(long, value_name = "DAY", value_parser = day)]
    created: Option<Date>,
}

impl TermArguments {
    pub(super) fn terms(&self, reason: &str) -> Terms {
        Terms {
            owner: self.owner.clone(),
            ticket: self.ticket.clone(),
            reason: reason.to_owned(),
            created: self.created.unwrap_or_else(today),
            expires: self.expires,
        }
    }
}
