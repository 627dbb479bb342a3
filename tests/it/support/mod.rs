//! What several tests share.

pub mod authority;
