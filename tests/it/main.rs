//! The one integration binary: what the whole package must hold.
#![cfg(test)]

mod layering;
mod no_c;
