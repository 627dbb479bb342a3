//! Holds requests until no more come, then lets all of them go: what a client asks side by side is one round,
//! and what it asks one after the other is as many.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::watch;

/// The requests of each round. Clones share them.
#[derive(Clone)]
pub(crate) struct Rounds {
    held: Arc<Mutex<Held>>,
    /// Rounds that were let go.
    gone: watch::Sender<usize>,
}

struct Held {
    rounds: Vec<Vec<String>>,
    latest: Instant,
}

impl Rounds {
    /// Starts; ends with the runtime.
    pub(crate) fn start() -> Self {
        let held = Held { rounds: Vec::new(), latest: Instant::now() };
        let rounds = Self { held: Arc::new(Mutex::new(held)), gone: watch::Sender::new(0) };
        let own = rounds.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(QUIET / 10).await;
                own.let_go();
            }
        });
        rounds
    }

    fn let_go(&self) {
        let held = self.held.lock().unwrap();
        if held.latest.elapsed() >= QUIET {
            self.gone.send_replace(held.rounds.len());
        }
    }

    /// Returns when the round of this request is let go.
    pub(crate) async fn wait(&self, path: &str) {
        let mut gone = self.gone.subscribe();
        let round = {
            let mut held = self.held.lock().unwrap();
            if *gone.borrow() == held.rounds.len() {
                held.rounds.push(Vec::new());
            }
            held.rounds.last_mut().unwrap().push(path.to_owned());
            held.latest = Instant::now();
            held.rounds.len()
        };
        gone.wait_for(|gone| *gone >= round).await.unwrap();
    }

    /// Paths of the requests, round by round, each round sorted.
    pub(crate) fn taken(&self) -> Vec<Vec<String>> {
        let mut rounds = self.held.lock().unwrap().rounds.clone();
        rounds.iter_mut().for_each(|round| round.sort());
        rounds
    }
}

/// Time without a request after which none is expected: longer than a client on a busy machine takes to open a
/// few connections.
const QUIET: Duration = Duration::from_millis(250);
