//! portcullis: may this container image be promoted?

pub mod bundle;
pub mod crypto;
pub mod digest;
pub mod evidence;
pub mod identity;
pub mod intoto;
pub mod json;
pub mod limits;
pub mod oci;
pub mod source;
pub mod trust;
pub mod verify;
