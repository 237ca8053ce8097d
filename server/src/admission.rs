//! Additions on their way into a log: bounded in number, and no thread waits for one of them.
//!
//! Reading a large proposal and verifying its signatures takes a processor for a while, so at most as many run at a time
//! as there are processors. Making the entry durable takes nobody's time but the sequencer's: it calls back.

use crate::answer::Refused;
use axum::http::StatusCode;
use rekor_log::{AddError, Added, Candidate, Log};
use std::sync::Arc;
use std::thread::available_parallelism;
use tokio::sync::{Semaphore, oneshot};

/// Additions under way at one time, over all logs: from a body that has been read to an answer.
const MAX_UNDER_WAY: usize = 4096;

/// The largest proposal, in bytes, that is read on the spot: to hand it to another thread would take half as long again.
const ON_THE_SPOT: usize = 4096;

/// Where additions queue.
pub(crate) struct Admission {
    places: Arc<Semaphore>,
    processors: Arc<Semaphore>,
}

impl Admission {
    pub(crate) fn new() -> Self {
        Self::with_places(MAX_UNDER_WAY)
    }

    fn with_places(places: usize) -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self { places: Arc::new(Semaphore::new(places)), processors: Arc::new(Semaphore::new(processors)) }
    }

    /// Runs `admit` on a proposal of `size` bytes, then adds what it gives. `T` is whatever else `admit` found out.
    ///
    /// A caller that goes away does not stop an addition that is under way.
    pub(crate) async fn add<T, F>(
        &self,
        log: Arc<Log>,
        size: usize,
        admit: F,
    ) -> Result<(T, Result<Added, AddError>), Refused>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<(T, Candidate), Refused> + Send + 'static,
    {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Refused::busy())?;
        let (done, outcome) = oneshot::channel();
        let submit = move || {
            let (found, candidate) = admit()?;
            log.submit(candidate, move |added| {
                drop(place);
                // Whoever asked may be gone.
                let _ = done.send(added);
            });
            Ok(found)
        };
        let found = if size <= ON_THE_SPOT { submit() } else { self.elsewhere(submit).await }?;
        let added = outcome.await.map_err(|_| failed())?;
        Ok((found, added))
    }

    /// Runs what takes a processor for a while where it does not hold up other requests.
    async fn elsewhere<T, F>(&self, work: F) -> Result<T, Refused>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Refused> + Send + 'static,
    {
        let processor = Arc::clone(&self.processors).acquire_owned().await.map_err(|_| Refused::busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(processor);
            done
        });
        done.await.unwrap_or_else(|_| Err(failed()))
    }
}

fn failed() -> Refused {
    Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "the server failed on this request")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that cannot go on should stop where it is.
    use super::*;
    use std::sync::mpsc::channel;

    /// The size of a proposal that is read on a thread of its own.
    const LARGE: usize = ON_THE_SPOT + 1;

    #[tokio::test]
    async fn what_finds_no_place_is_told_to_come_again() {
        let data = tempfile::tempdir().unwrap();
        let log = Arc::new(Log::create(data.path(), None).unwrap());
        let admission = Arc::new(Admission::with_places(1));
        let ((go, wait), (started, begun)) = (channel::<()>(), oneshot::channel());
        let first = tokio::spawn({
            let (admission, log) = (Arc::clone(&admission), Arc::clone(&log));
            async move {
                let admit = move || {
                    started.send(()).unwrap();
                    wait.recv().unwrap();
                    Ok(((), Candidate::raw(b"first".to_vec()).unwrap()))
                };
                admission.add(log, LARGE, admit).await.map(|(_, added)| added.unwrap().index)
            }
        });
        begun.await.unwrap();
        let other = || Ok(((), Candidate::raw(b"other".to_vec()).unwrap()));
        let refused = admission.add(Arc::clone(&log), 0, other).await.unwrap_err();
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
        go.send(()).unwrap();
        assert_eq!(first.await.unwrap().unwrap(), 0);
        assert_eq!(admission.add(log, 0, other).await.unwrap().1.unwrap().index, 1);
    }

    #[tokio::test]
    async fn an_addition_goes_on_though_nobody_waits_for_it() {
        let data = tempfile::tempdir().unwrap();
        let log = Arc::new(Log::create(data.path(), None).unwrap());
        let admission = Arc::new(Admission::with_places(1));
        let (started, begun) = oneshot::channel();
        let admit = move || {
            started.send(()).unwrap();
            Ok(((), Candidate::raw(b"first".to_vec()).unwrap()))
        };
        let task = tokio::spawn({
            let (admission, log) = (Arc::clone(&admission), Arc::clone(&log));
            async move { admission.add(log, LARGE, admit).await.map(|_| ()) }
        });
        begun.await.unwrap();
        task.abort();
        // Its place is free again once it is recorded.
        let _place = admission.places.acquire().await.unwrap();
        assert_eq!(log.head().size, 1);
    }
}
