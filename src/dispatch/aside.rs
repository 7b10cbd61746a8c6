//! A thread of its own for searching the roads, behind those who wait for an acknowledgement.
//!
//! A ranking takes a fraction of a millisecond and nobody waits for it by the millisecond; an alert's sender does. On a machine
//! with few cores both share them, so this thread stands back: it runs in what the others leave, and gets about a tenth where
//! they leave nothing.

use std::sync::mpsc;

use tokio::sync::oneshot;

/// How far the thread stands back: each step of niceness is about a quarter less of a contested core.
const NICENESS: i32 = 10;

type Work = Box<dyn FnOnce() + Send>;

/// The thread. It ends when this is dropped.
pub(super) struct Aside(mpsc::Sender<Work>);

impl Aside {
    /// Starts it.
    pub fn start() -> Self {
        let (give, take) = mpsc::channel::<Work>();
        let run = move || {
            // On Linux the niceness is that of the calling thread alone.
            if let Err(error) = rustix::process::nice(NICENESS) {
                tracing::debug!(%error, "the ranking thread keeps the priority of the others");
            }
            for work in take {
                work();
            }
        };
        if let Err(error) = std::thread::Builder::new().name("ranking".to_owned()).spawn(run) {
            tracing::error!(%error, "there is no ranking thread; its work is done where it comes up");
        }
        Self(give)
    }

    /// Does `work` there; none when it panicked.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (give, take) = oneshot::channel();
        let work: Work = Box::new(move || {
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            // Whoever asked may have gone with the service; a panic is theirs to tell of.
            let _ = done.map(|it| give.send(it));
        });
        if let Err(mpsc::SendError(work)) = self.0.send(work) {
            work();
        }
        take.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_comes_back_and_a_panic_ends_only_its_own() {
        let aside = Aside::start();
        assert_eq!(aside.run(|| 1 + 1).await, Some(2));
        assert_eq!(aside.run(|| -> u8 { panic!("a mistake of ours") }).await, None);
        assert_eq!(
            aside.run(|| std::thread::current().name().map(str::to_owned)).await,
            Some(Some("ranking".to_owned()))
        );
    }
}
