//! A reader on a thread of its own, some buffers ahead of who needs its bytes.

use std::io;
use std::io::BufRead;
use std::io::Read;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::Sender;
use std::thread;

use super::decompress::BUFFER;

/// Runs `consume` on what `input` gives, which is read on another thread meanwhile.
pub(super) fn through<T>(
    mut input: impl Read + Send,
    consume: impl FnOnce(Pipe) -> io::Result<T>,
) -> io::Result<T> {
    let (full, filled) = mpsc::channel();
    let (empty, emptied) = mpsc::channel();
    for _ in 0..BUFFERS {
        // The receiver lives in this function.
        let _ = empty.send(vec![0; BUFFER]);
    }
    thread::scope(|scope| {
        scope.spawn(move || {
            while let Ok(mut bytes) = emptied.recv() {
                bytes.resize(BUFFER, 0);
                let read = read(&mut input, &mut bytes);
                let last = matches!(read, Ok(0) | Err(_));
                let piece = read.map(|count| {
                    bytes.truncate(count);
                    bytes
                });
                if full.send(piece).is_err() || last {
                    return;
                }
            }
        });
        consume(Pipe { filled, empty, bytes: Vec::new(), at: 0, ended: false })
    })
}

fn read(input: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// The end that is read from.
pub(super) struct Pipe {
    filled: Receiver<io::Result<Vec<u8>>>,
    empty: Sender<Vec<u8>>,
    bytes: Vec<u8>,
    at: usize,
    ended: bool,
}

impl BufRead for Pipe {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.bytes.len() && !self.ended {
            let used = std::mem::take(&mut self.bytes);
            if used.capacity() > 0 {
                // Nobody takes it any more once the input has ended.
                let _ = self.empty.send(used);
            }
            self.at = 0;
            self.bytes = match self.filled.recv() {
                Ok(piece) => piece?,
                Err(_) => return Err(io::Error::other("the thread that reads has gone")),
            };
            self.ended = self.bytes.is_empty();
        }
        Ok(self.bytes.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.at = self.at.saturating_add(count);
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

/// On their way, full or empty.
const BUFFERS: usize = 4;
