//! Verification: candidate and trusted root in, [`Verified`] out. No I/O and no clock of its own.

mod verified;

pub use verified::Checks;
pub use verified::Signer;
pub use verified::Verified;
