//! CycloneDX documents (ECMA-424): written in JSON, of the versions 1.4 to 1.6, and read.
//!
//! <https://cyclonedx.org/docs/1.6/json/>

mod component;
mod licenses;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::read;
pub use write::Version;
pub use write::write;
