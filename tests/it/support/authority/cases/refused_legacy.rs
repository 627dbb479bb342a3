//! Legacy layers that must be refused.

use super::Make;

/// Every constructor of this file.
pub const ALL: &[Make] = &[];
