//! Names and documents of the OCI image and distribution specifications: references, platforms,
//! descriptors, manifests, indexes, and the image that a reference was pinned to. No I/O.

mod image;
mod manifest;
mod platform;
mod reference;

pub use image::ImageConfig;
pub use image::Need;
pub use image::PinError;
pub use image::PinnedImage;
pub use image::Pinning;
pub use image::PlatformImage;
pub use image::Platforms;
pub use image::RootFs;
pub use manifest::Descriptor;
pub use manifest::Document;
pub use manifest::DocumentError;
pub use manifest::Index;
pub use manifest::Manifest;
pub use manifest::essence;
pub use manifest::media_type;
pub use platform::Platform;
pub use platform::PlatformError;
pub use platform::PlatformFilter;
pub use reference::Location;
pub use reference::Reference;
pub use reference::ReferenceError;
