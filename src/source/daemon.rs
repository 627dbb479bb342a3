//! Images of a container engine on this machine, through its socket.
//!
//! Docker's API, which Podman speaks as well: an image comes as the archive that `docker save` writes.
//! <https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Image/operation/ImageGet>

use std::path::Path;

use futures_util::Stream;
use futures_util::StreamExt;
use reqwest::Client;
use reqwest::StatusCode;

use super::Fault;
use super::SourceError;
use super::registry::chain;
use crate::http;
use crate::http::Certificates;
use crate::http::Proxies;
use crate::http::Timeouts;
use crate::limits;

/// A container engine.
#[derive(Clone, Debug)]
pub struct Daemon {
    client: Client,
    socket: String,
}

impl Daemon {
    /// Prepares the connection to a Unix socket; opens none yet.
    ///
    /// # Errors
    /// The client library refuses.
    pub fn at_socket(socket: &Path, timeouts: &Timeouts) -> Result<Self, SourceError> {
        let name = socket.display().to_string();
        let refuse = |text: String| SourceError::new(name.clone(), Fault::Connect(text));
        // No TLS is spoken on a socket of this machine, but a client is not made without.
        let builder = http::client(&Certificates::default(), &Proxies::default(), timeouts);
        let (builder, _) = builder.map_err(|error| refuse(error.to_string()))?;
        let client = builder.unix_socket(socket).build().map_err(|error| refuse(chain(&error)))?;
        Ok(Self { client, socket: name })
    }

    /// The archive of one image, piece by piece. The engine vouches for it: there is no digest to check it by but those
    /// that it holds itself.
    ///
    /// # Errors
    /// The engine is not there, does not have the image, or fails.
    pub async fn archive(
        &self,
        image: &str,
    ) -> Result<impl Stream<Item = Result<Vec<u8>, SourceError>> + Send + 'static, SourceError> {
        let asked = format!("{image} at {}", self.socket);
        let name: String = image.bytes().map(escape).collect();
        let url = format!("http://localhost/images/{name}/get");
        let answer = self.client.get(url).send().await;
        let unreachable =
            |error: reqwest::Error| SourceError::new(asked.clone(), Fault::Connect(chain(&error)));
        let answer = answer.map_err(unreachable)?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => {
                let reason = "the engine does not have it (docker pull, or registry:IMAGE)".to_owned();
                return Err(SourceError::new(asked, Fault::NotFound { reason }));
            }
            status => {
                let reason = "the engine does not give it out".to_owned();
                return Err(SourceError::new(
                    asked,
                    Fault::UnexpectedStatus { status: status.as_u16(), reason },
                ));
            }
        }
        let mut left = limits::DAEMON_ARCHIVE_BYTES;
        Ok(answer.bytes_stream().map(move |piece| {
            let piece =
                piece.map_err(|error| SourceError::new(asked.clone(), Fault::BrokenOff(chain(&error))))?;
            left = left.saturating_sub(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if left == 0 {
                let ceiling = limits::DAEMON_ARCHIVE_BYTES;
                return Err(SourceError::new(asked.clone(), Fault::TooLarge { ceiling }));
            }
            Ok(piece.to_vec())
        }))
    }
}

/// Percent-encodes what cannot stand in a path; the slashes of the name stay.
fn escape(byte: u8) -> String {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' | b'/' | b'@' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    }
}
