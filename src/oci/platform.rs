//! Platforms, as an index names them.

use serde::Deserialize;
use serde::Serialize;

/// Operating system and CPU of an image.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Platform {
    /// Operating system, `linux`.
    pub os: String,
    /// CPU architecture in Go's words, `amd64`.
    pub architecture: String,
    /// CPU variant, `v8`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}
