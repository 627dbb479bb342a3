#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! | | |
//! |---|---|
//! | [`pipeline`] | the flows: gate or verify one image |
//! | [`oci`], [`source`] | references, manifests, indexes; registries, OCI layouts, archives of evidence |
//! | [`evidence`] | where signatures and attestations of an image may lie |
//! | [`pack`] | an image's evidence into one archive, for a decision elsewhere |
//! | [`bundle`], [`intoto`], [`predicate`] | bundles and cosign's layers, statements, predicate types |
//! | [`trust`], [`identity`], [`crypto`] | the trusted root, who must have signed, public-key operations |
//! | [`verify`] | the verifier, and what it has verified |
//! | [`image`], [`catalog`] | layers to one tree of files, and the packages in it |
//! | [`spdx`], [`cyclonedx`], [`scan`], [`vex`], [`package`] | bills of materials, scan reports, what is said of them, packages |
//! | [`allowlist`] | findings that are accepted for a time |
//! | [`gate`], [`report`] | policy, decision, and how it is shown |
//! | `http` | how servers are reached: TLS, proxies, times |
//! | [`digest`], [`json`], [`yaml`], [`limits`] | hashing, strict JSON and YAML, every ceiling |

pub mod allowlist;
pub mod bundle;
pub mod catalog;
pub mod crypto;
pub mod cyclonedx;
pub mod digest;
pub mod evidence;
pub mod gate;
#[cfg(feature = "net")]
pub mod http;
pub mod identity;
pub mod image;
pub mod intoto;
pub mod json;
pub mod limits;
pub mod oci;
pub mod pack;
pub mod package;
pub mod pipeline;
pub mod predicate;
pub mod report;
pub mod sbom;
pub mod scan;
pub mod source;
pub mod spdx;
pub mod trust;
pub mod verify;
pub mod vex;
pub mod yaml;
