//! The worker's life: it is started, watched, and replaced when it is gone.

use super::Engine;
use crate::model::Action;
use crate::text;
use crate::watch::Watch;
use crate::worker::Verifier;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

impl Engine {
    pub(super) fn start_verifier(self: &Rc<Self>) {
        let engine = Rc::downgrade(self);
        let started = Verifier::start(move |message, memory| {
            if let Some(engine) = engine.upgrade() {
                engine.hear(message, memory);
            }
        });
        match started {
            Ok(verifier) => *self.verifier.borrow_mut() = Some(verifier),
            Err(message) => self.dispatch.dispatch(Action::VerifierBroken(message)),
        }
    }

    pub(super) fn watch(self: &Rc<Self>) {
        let (asking, losing) = (Rc::downgrade(self), Rc::downgrade(self));
        let ask = move || {
            if let Some(engine) = asking.upgrade() {
                engine.ping();
            }
        };
        let lost = move || {
            if let Some(engine) = losing.upgrade() {
                engine.lost("it no longer answers");
            }
        };
        *self.watch.borrow_mut() = Some(Watch::start(ask, lost));
    }

    fn ping(&self) {
        if let Some(verifier) = &*self.verifier.borrow() {
            // A worker that cannot be asked does not answer either.
            let _ = verifier.ping();
        }
    }

    /// The worker is gone, whatever it was doing.
    pub(super) fn lost(self: &Rc<Self>, why: &str) {
        let message = text::with("failed.lost", &[("why", why)]);
        let looks = self.looks.borrow().numbers();
        looks.into_iter().for_each(|look| self.look_failed(look, message.clone()));
        let besides = self.besides.borrow().numbers();
        besides.into_iter().for_each(|request| self.verified_beside(request, Err(message.clone())));
        self.dispatch.dispatch(Action::Failed(self.run.get(), message));
        self.restart();
    }

    pub(super) fn restart(self: &Rc<Self>) {
        self.started.set(false);
        self.dispatch.dispatch(Action::VerifierRestarting);
        let engine = self.clone();
        // Not now: this is called by the worker, or by the watch, that is to be dropped.
        spawn_local(async move {
            engine.watch.take();
            engine.start_verifier();
        });
    }
}
