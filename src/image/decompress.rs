//! Layers as they are stored: plain, gzip (RFC 1952) or zstd (RFC 8878), told apart by their first bytes.
//!
//! What a media type says of compression is not relied upon, since no runtime does. Members of gzip and
//! frames of zstd follow one another as if they were one.
//!
//! The checksum that a frame of zstd may end with is not compared: who reads a layer compares the digest of its
//! stored or of its uncompressed bytes, which says more. That of a member of gzip is compared by the decoder anyway.

use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;

use flate2::bufread::GzDecoder;
use ruzstd::decoding::BlockDecodingStrategy;
use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::errors::ReadFrameHeaderError;

use super::error::LayerFault;
use crate::limits;

/// The uncompressed bytes of `R`.
pub(super) struct Decompressor<R: Read> {
    state: State<Input<R>>,
}

/// The stored bytes.
type Input<R> = BufReader<Whole<R>>;

/// Between two reads.
enum State<R: BufRead> {
    /// After the last byte, or an error.
    Done(Option<R>),
    Gzip(Box<GzDecoder<R>>),
    Plain(R),
    Zstd(Box<Frame<R>>),
}

impl<R: Read> Decompressor<R> {
    /// Looks at the first bytes of `input`.
    pub(super) fn new(input: R) -> io::Result<Self> {
        let mut input = BufReader::with_capacity(BUFFER, Whole { input, failed: None });
        if let Err(error) = input.fill_buf() {
            return Err(input.get_mut().failed.take().unwrap_or(error));
        }
        let state = match sniff(input.buffer()) {
            Format::Gzip => State::Gzip(Box::new(GzDecoder::new(input))),
            Format::Plain => State::Plain(input),
            Format::Zstd => State::next_frame(Frame { input, decoder: FrameDecoder::new() })?,
        };
        Ok(Self { state })
    }

    /// Whether the bytes are as they came.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.state, State::Plain(_))
    }

    /// Reads what follows the uncompressed data, which has been read to its end, so that every byte of the
    /// input was seen.
    pub(super) fn drain(&mut self) -> io::Result<()> {
        match &mut self.state {
            State::Done(Some(input)) => io::copy(input, &mut io::sink()).map(drop),
            _ => Ok(()),
        }
    }
}

impl<R: Read> Read for Decompressor<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.step(buffer).map_err(|error| {
            // The decoders hand errors of their source through in words of their own.
            let failed = self.state.input().and_then(|input| input.get_mut().failed.take());
            failed.unwrap_or(error)
        })
    }
}

impl<R: Read> Decompressor<R> {
    fn step(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = match &mut self.state {
                State::Done(_) => return Ok(0),
                State::Gzip(member) => member.read(buffer).map_err(|error| damaged("gzip", error))?,
                State::Plain(input) => return input.read(buffer),
                State::Zstd(frame) => frame.read(buffer).map_err(|error| damaged("zstd", error))?,
            };
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.state = match std::mem::replace(&mut self.state, State::Done(None)) {
                State::Gzip(member) => State::next_member(member.into_inner())?,
                State::Zstd(frame) => State::next_frame(*frame)?,
                state => state,
            };
        }
    }
}

impl<R: BufRead> State<R> {
    fn input(&mut self) -> Option<&mut R> {
        match self {
            Self::Done(input) => input.as_mut(),
            Self::Gzip(member) => Some(member.get_mut()),
            Self::Plain(input) => Some(input),
            Self::Zstd(frame) => Some(&mut frame.input),
        }
    }

    /// gzip lets zeros follow: tapes have blocks.
    fn next_member(mut input: R) -> io::Result<Self> {
        let first = input.fill_buf()?.first().copied();
        match first {
            None => Ok(Self::Done(Some(input))),
            Some(0x1f) => Ok(Self::Gzip(Box::new(GzDecoder::new(input)))),
            Some(0) => {
                skip_zeros(&mut input)?;
                Ok(Self::Done(Some(input)))
            }
            Some(_) => Err(LayerFault::Trailing { format: "gzip" }.into()),
        }
    }

    /// Past frames that carry no data, as `zstd:chunked` has them.
    fn next_frame(mut frame: Frame<R>) -> io::Result<Self> {
        loop {
            if frame.input.fill_buf()?.is_empty() {
                return Ok(Self::Done(Some(frame.input)));
            }
            frame.decoder.set_max_window_size(limits::ZSTD_WINDOW_BYTES);
            let error = match frame.decoder.reset(&mut frame.input) {
                Ok(()) => return Ok(Self::Zstd(Box::new(frame))),
                Err(FrameDecoderError::ReadFrameHeaderError(error)) => error,
                Err(error) => return Err(damaged("zstd", io::Error::other(error))),
            };
            match error {
                ReadFrameHeaderError::SkipFrame { length, .. } => skip(&mut frame.input, length.into())?,
                ReadFrameHeaderError::BadMagicNumber(_) => {
                    return Err(LayerFault::Trailing { format: "zstd" }.into());
                }
                error => return Err(damaged("zstd", io::Error::other(error))),
            }
        }
    }
}

/// A frame of zstd, after its header.
struct Frame<R> {
    input: R,
    decoder: FrameDecoder,
}

impl<R: BufRead> Frame<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            let step = BlockDecodingStrategy::UptoBlocks(1);
            self.decoder.decode_blocks(&mut self.input, step).map_err(io::Error::other)?;
        }
        self.decoder.read(buffer)
    }
}

fn skip(input: &mut impl BufRead, length: u64) -> io::Result<()> {
    let skipped = io::copy(&mut input.take(length), &mut io::sink())?;
    if skipped < length { Err(damaged("zstd", io::ErrorKind::UnexpectedEof.into())) } else { Ok(()) }
}

fn skip_zeros(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let bytes = input.fill_buf()?;
        if bytes.is_empty() {
            return Ok(());
        }
        if bytes.iter().any(|byte| *byte != 0) {
            return Err(LayerFault::Trailing { format: "gzip" }.into());
        }
        let count = bytes.len();
        input.consume(count);
    }
}

/// How something is stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Format {
    Gzip,
    Plain,
    Zstd,
}

/// Tells by the first bytes. A zstd stream may start with a frame without data.
pub(super) fn sniff(start: &[u8]) -> Format {
    match start {
        [0x1f, 0x8b, ..] => Format::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Format::Zstd,
        _ => Format::Plain,
    }
}

/// Fills what it is given, where a pipe or a hashing reader gives less at a time.
struct Whole<R> {
    input: R,
    /// What went wrong in `input`, for good.
    failed: Option<io::Error>,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            if let Some(error) = &self.failed {
                // After the bytes that came before it.
                return if filled > 0 { Ok(filled) } else { Err(error.kind().into()) };
            }
            match self.input.read(rest) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failed = Some(error),
            }
        }
        Ok(filled)
    }
}

/// What a decoder refuses, and what ends too early.
fn damaged(format: &'static str, error: io::Error) -> io::Error {
    LayerFault::Compression { format, reason: error.to_string() }.into()
}

/// Compressed bytes read, and uncompressed bytes dropped, at a time.
pub(super) const BUFFER: usize = 256 << 10;
