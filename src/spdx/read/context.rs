//! What goes along while a document is read: where that is, what was found, and how much may still come.

use std::fmt::Write;

use serde::de::Error;

use crate::limits;
use crate::spdx::diagnostic::Code;
use crate::spdx::diagnostic::Diagnostics;
use crate::spdx::diagnostic::Place;
use crate::spdx::node::too_deep;
use crate::spdx::node::too_many;
use crate::spdx::read::Files;

/// What goes along while a document is read.
#[derive(Default)]
pub(super) struct Context {
    pub(super) diagnostics: Diagnostics,
    pub(super) path: Vec<Step>,
    items: usize,
    depth: usize,
    /// Whether files are kept.
    pub(super) with_files: bool,
}

/// A step of a pointer.
pub(super) enum Step {
    Key(Box<str>),
    Index(usize),
}

impl Context {
    pub(super) fn new(files: Files) -> Self {
        Self { with_files: files == Files::Keep, ..Self::default() }
    }

    /// The pointer to where reading is, and on to `key`.
    pub(super) fn pointer(&self, key: &str) -> String {
        let mut pointer = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) => push_key(&mut pointer, key),
                // Writing to a string cannot fail.
                Step::Index(index) => drop(write!(pointer, "/{index}")),
            }
        }
        if !key.is_empty() {
            push_key(&mut pointer, key);
        }
        pointer
    }

    /// Reports something about the value of `key`, or about the object itself if that is empty.
    pub(super) fn report(&mut self, code: Code, key: &str, message: impl FnOnce() -> String) {
        let mut diagnostics = std::mem::take(&mut self.diagnostics);
        diagnostics.push(code, || Place::Pointer(self.pointer(key)), message);
        self.diagnostics = diagnostics;
    }

    pub(super) fn keep<E: Error>(&mut self) -> Result<(), E> {
        self.items = self.items.saturating_add(1);
        if self.items > limits::SPDX_ITEMS { Err(too_many()) } else { Ok(()) }
    }

    pub(super) fn enter<E: Error>(&mut self) -> Result<(), E> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > limits::JSON_DEPTH { Err(too_deep()) } else { Ok(()) }
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

fn push_key(pointer: &mut String, key: &str) {
    pointer.push('/');
    for c in key.chars().take(64) {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// On to the next entry of the list that is being read.
pub(super) fn next_index(context: &mut Context) {
    if let Some(Step::Index(index)) = context.path.last_mut() {
        *index = index.saturating_add(1);
    }
}
