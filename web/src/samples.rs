//! Samples to try: a small release, as it should be and in three ways not. They are checked under a policy and for a
//! signer of their own, which never join the reader's.

use crate::engine::Engine;
use crate::listeners::made;
use crate::model::{Action, Item};
use crate::text::t;
use crate::transport::own_file;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// The greatest size of a sample's file, in bytes.
const LIMIT: usize = 64 * 1024;

/// Whom the samples trust, and whom they expect.
const POLICY: &str = "policy.txt";
const SIGNER: &str = "maintainer.pub";

/// A sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// The release, its link, and the link's receipt.
    Good,
    /// The link says something else than what was signed.
    Tampered,
    /// The link is sound, and about another file.
    WrongArtifact,
    /// The link is sound, recorded, and by a stranger.
    UnknownSigner,
}

impl Sample {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Good, Self::Tampered, Self::WrongArtifact, Self::UnknownSigner];

    /// A name for the page's own use.
    pub fn id(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Tampered => "tampered",
            Self::WrongArtifact => "wrong-artifact",
            Self::UnknownSigner => "unknown-signer",
        }
    }

    /// What it is called.
    pub fn words(self) -> &'static str {
        match self {
            Self::Good => t("samples.good"),
            Self::Tampered => t("samples.tampered"),
            Self::WrongArtifact => t("samples.wrong-artifact"),
            Self::UnknownSigner => t("samples.unknown-signer"),
        }
    }

    fn files(self) -> [&'static str; 3] {
        match self {
            Self::Good => ["hello-1.0.tar.gz", "package.link", "package.link.tlog-proof"],
            Self::Tampered => ["tampered/hello-1.0.tar.gz", "tampered/package.link", "package.link.tlog-proof"],
            Self::WrongArtifact => ["tampered/hello-1.0.tar.gz", "package.link", "package.link.tlog-proof"],
            Self::UnknownSigner => ["hello-1.0.tar.gz", "stranger.link", "stranger.link.tlog-proof"],
        }
    }
}

/// What a sample is checked with.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Which.
    pub sample: Sample,
    /// Its policy.
    pub policy: String,
    /// The key of the signer whom it expects.
    pub signer: String,
}

/// Checks a sample, in the place of all files that are there.
pub fn try_sample(engine: Rc<Engine>, sample: Sample) {
    spawn_local(async move {
        match engine.fetch_sample(sample).await {
            Ok((trial, items)) => engine.dispatch(Action::Try(trial, items)),
            Err(reason) => engine.take(Err(reason)),
        }
    });
}

impl Engine {
    async fn fetch_sample(&self, sample: Sample) -> Result<(Trial, Vec<Item>), String> {
        let (policy, signer) = (text(POLICY).await?, text(SIGNER).await?);
        let mut files = Vec::new();
        for path in sample.files() {
            let name = path.rsplit('/').next().unwrap_or(path);
            files.extend(made(name, &fetch(path).await?));
        }
        self.start_again();
        Ok((Trial { sample, policy, signer }, self.hold(files)))
    }
}

async fn fetch(name: &str) -> Result<Vec<u8>, String> {
    own_file(&format!("./samples/{name}"), LIMIT).await.map_err(|reason| format!("{name}: {reason}"))
}

async fn text(name: &str) -> Result<String, String> {
    String::from_utf8(fetch(name).await?).map_err(|_| format!("{name} is not text"))
}
