//! All layers of an image, side by side.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::thread;

use super::Examiner;
use super::Options;
use super::budget::Budget;
use super::error::ImageError;
use super::error::LayerFault;
use super::layer::Layer;
use super::layer::Threads;
use super::tree::Tree;
use super::walk::Walked;
use crate::limits;

/// Reads `layers`, lowest first, and lays them over one another.
///
/// Large layers are begun first. Each is laid over those below it as soon as these are there, so that few
/// are held beside the tree.
///
/// # Errors
/// One layer is broken, or there are too many: there is no tree of a part of an image.
pub fn read_layers<E: Examiner>(
    layers: Vec<Layer<'_>>,
    examiner: &E,
    options: &Options,
) -> Result<Tree<E::Kept>, ImageError> {
    if layers.len() > limits::LAYERS {
        return Err(ImageError::TooManyLayers { found: layers.len(), ceiling: limits::LAYERS });
    }
    let sizes: Vec<u64> = layers.iter().map(Layer::size).collect();
    let dominant = dominant(&sizes, options.threads);
    let budget = Budget::watched(&options.watch);
    let count = layers.len();
    let mut queue: Vec<(u32, Layer<'_>)> = (0..).zip(layers).collect();
    queue.sort_by_key(|(_, layer)| layer.size());
    let queue = Mutex::new(queue);
    let state = Mutex::new(Merge::new(examiner, count));
    let work = || {
        loop {
            let next = lock(&queue).pop();
            let Some((number, layer)) = next.filter(|_| !budget.is_abandoned()) else { return };
            let name = layer.name();
            let threads = if dominant == Some(number) { Threads::Two } else { Threads::One };
            let walked = layer.read(number, examiner, &budget, threads);
            let mut state = lock(&state);
            match walked {
                Ok(walked) => state.add(number, walked),
                Err(fault) => {
                    budget.abandon();
                    state.fail(number, name, fault);
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..options.threads.get().min(count) {
            scope.spawn(work);
        }
        work();
    });
    let state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut tree = state.finish()?;
    options.exclude.apply(&mut tree);
    Ok(tree)
}

/// The layer that takes longer than all others together, so that threads would have nothing to do.
fn dominant(sizes: &[u64], threads: NonZeroUsize) -> Option<u32> {
    let largest = sizes.iter().copied().max()?;
    let rest = sizes.iter().fold(0_u64, |sum, size| sum.saturating_add(*size)).saturating_sub(largest);
    let place = sizes.iter().position(|size| *size == largest)?;
    (threads.get() > 1 && largest > rest).then(|| u32::try_from(place).ok()).flatten()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Layers that are there, until all below them are.
struct Merge<'a, E: Examiner> {
    examiner: &'a E,
    tree: Tree<E::Kept>,
    /// How many are in the tree; those that wait come after them.
    merged: u32,
    waiting: VecDeque<Option<Walked<E::Kept>>>,
    /// The lowest that failed.
    failed: Option<(u32, String, LayerFault)>,
}

impl<'a, E: Examiner> Merge<'a, E> {
    fn new(examiner: &'a E, count: usize) -> Self {
        let waiting = std::iter::repeat_with(|| None).take(count).collect();
        Self { examiner, tree: Tree::new(), merged: 0, waiting, failed: None }
    }

    fn add(&mut self, number: u32, walked: Walked<E::Kept>) {
        let place = usize::try_from(number.saturating_sub(self.merged)).ok();
        if let Some(place) = place.and_then(|place| self.waiting.get_mut(place)) {
            *place = Some(walked);
        }
        while let Some(walked) = self.waiting.front_mut().and_then(Option::take) {
            self.waiting.pop_front();
            self.tree.apply_linked(walked.tree, walked.links);
            self.examiner.laid(self.merged, &self.tree);
            self.merged += 1;
        }
    }

    /// Those that gave up because of another say nothing.
    fn fail(&mut self, number: u32, name: String, fault: LayerFault) {
        let lower = self.failed.as_ref().is_none_or(|(failed, ..)| number < *failed);
        if lower && !matches!(fault, LayerFault::Abandoned) {
            self.failed = Some((number, name, fault));
        }
    }

    fn finish(mut self) -> Result<Tree<E::Kept>, ImageError> {
        match self.failed {
            Some((_, layer, fault)) => Err(ImageError::Layer { layer, fault }),
            None => {
                self.tree.note(Vec::new());
                Ok(self.tree)
            }
        }
    }
}

#[cfg(test)]
mod tests;
