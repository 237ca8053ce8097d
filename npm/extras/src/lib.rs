//! JavaScript bindings of what few releases need: the curves P-384 and P-521, ML-DSA-44, OpenPGP certificates and
//! archives. The core asks for it once it meets one of them; bytes cross, so that the two modules need not share
//! memory or types.

use wasm_bindgen::prelude::*;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Answers a question of the core ([`rekor_verifier::extras`]); nothing where it cannot be read.
#[wasm_bindgen]
pub fn answer(question: &[u8]) -> Option<Vec<u8>> {
    rekor_verifier::extras::answer(question)
}

/// What an artifact holds, from one more reading in pieces.
#[wasm_bindgen]
#[derive(Default)]
pub struct ContentsReader(rekor_client::ContentsReader);

#[wasm_bindgen]
impl ContentsReader {
    /// A reader that has seen nothing.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece of the file.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// All digests of the file and what unpacking it would give, as bytes that a session of the core takes.
    pub fn finish(self) -> Vec<u8> {
        self.0.finish().to_bytes()
    }
}
