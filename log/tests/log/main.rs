//! The log from outside: what it takes, what it gives, what it survives.
#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on should stop where it is.

mod additions;
mod audit;
mod cosigning;
mod damage;
mod erase;
mod forms;
mod index;
mod kill;
mod links;
mod model;
mod recovery;
mod soak;
mod states;
mod witness;

use links::LinkMaker;
use rekor_log::Submission;

/// A submission of the link that `maker` signs about `artifact`.
fn submission(maker: &LinkMaker, artifact: &str) -> Submission {
    Submission { content: maker.link(artifact), keys: vec![maker.key()], digest_only: false }
}
