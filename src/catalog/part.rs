//! What is taken out of files that are too large to be held, and tell of themselves in a small part: packages that
//! are not installed, and models.

use std::io;
use std::io::Read;

use super::dpkg;
use super::gguf;
use super::rpm;
use super::safetensors;
/// A format of which a part is taken out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// Packages of Debian.
    Deb,
    /// Models of GGUF.
    Gguf,
    /// Packages of rpm.
    Rpm,
    /// Models of safetensors.
    SafeTensors,
}

/// What was taken out of one file.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// By name.
    pieces: Vec<(&'static str, Box<[u8]>)>,
    /// Why there is not more.
    pub(super) problem: Option<String>,
}

impl Part {
    /// The names of such files.
    pub(super) fn glob(self) -> &'static str {
        match self {
            Self::Deb => "**/*.deb",
            Self::Gguf => "**/*.gguf",
            Self::Rpm => "**/*.rpm",
            Self::SafeTensors => "**/*.safetensors",
        }
    }

    pub(super) fn is_name(self, path: &str) -> bool {
        // Each ends in a dot and letters.
        path.ends_with(self.glob().trim_start_matches("**/*"))
    }

    /// Reads as far as there is something to take out.
    ///
    /// # Errors
    /// Those of `content` only.
    pub(super) fn take(self, content: &mut dyn Read) -> io::Result<Parts> {
        let mut input = Input { content, failed: None };
        let mut parts = Parts::default();
        let taken = match self {
            Self::Deb => dpkg::archive::take(&mut input, &mut parts),
            Self::Gguf => gguf::take(&mut input, &mut parts),
            Self::Rpm => rpm::archive::take(&mut input, &mut parts),
            Self::SafeTensors => safetensors::take(&mut input, &mut parts),
        };
        if let Some(failed) = input.failed {
            return Err(failed);
        }
        parts.problem = taken.err();
        Ok(parts)
    }
}

impl Parts {
    pub(super) fn get(&self, name: &str) -> Option<&[u8]> {
        self.pieces.iter().find(|(known, _)| *known == name).map(|(_, bytes)| &**bytes)
    }

    /// The first of a name stays.
    pub(super) fn add(&mut self, name: &'static str, bytes: Vec<u8>) {
        if self.get(name).is_none() {
            self.pieces.push((name, bytes.into()));
        }
    }
}

/// The file, whose own errors are told from those of what lies in it: decoders hand them through in words of their own.
pub(super) struct Input<'a> {
    content: &'a mut dyn Read,
    failed: Option<io::Error>,
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let failed = || io::Error::other("the file cannot be read");
        if self.failed.is_some() {
            return Err(failed());
        }
        match self.content.read(buffer) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.failed = Some(error);
                Err(failed())
            }
            read => read,
        }
    }
}

/// So many bytes and no fewer.
pub(super) fn exactly(input: &mut dyn Read, length: u64, most: u64) -> Result<Vec<u8>, String> {
    if length > most {
        return Err(format!("{length} bytes in one part, more than {most}"));
    }
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if u64::try_from(bytes.len()) == Ok(length) { Ok(bytes) } else { Err("it is cut off".to_owned()) }
}

/// All that is left, if that is no more than `most`.
pub(super) fn rest(input: &mut dyn Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > most) {
        return Err(io::Error::other(format!("more than {most} bytes in one part")));
    }
    Ok(bytes)
}
