//! portcullis: may this container image be promoted?

pub mod bundle;
pub mod crypto;
pub mod digest;
pub mod evidence;
pub mod gate;
pub mod identity;
pub mod intoto;
pub mod json;
pub mod limits;
pub mod oci;
pub mod package;
pub mod pipeline;
pub mod predicate;
pub mod report;
pub mod scan;
pub mod source;
pub mod spdx;
pub mod trust;
pub mod verify;
