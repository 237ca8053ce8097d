//! Whom the reader expects.

use super::Engine;
use crate::format::key_name;
use crate::model::{Action, Identity, Signer};
use crate::report::FoundKey;
use crate::text;
use crate::worker::describe;
use js_sys::{ArrayBuffer, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::File;

/// The greatest size of a key file in bytes.
const KEY_LIMIT: f64 = 64.0 * 1024.0;

impl Engine {
    /// Reads a key from a file that the reader chose as the expected signer's.
    pub fn key_file(self: &Rc<Self>, file: File) {
        let engine = self.clone();
        spawn_local(async move {
            let name = key_name(&file.name());
            if file.size() > KEY_LIMIT {
                return engine.refuse_key(&name, "it is too large for a public key");
            }
            match JsFuture::from(file.array_buffer()).await {
                Ok(buffer) => engine.key(name, &Uint8Array::new(buffer.unchecked_ref::<ArrayBuffer>()).to_vec()),
                Err(error) => engine.refuse_key(&name, &describe(&error)),
            }
        });
    }

    /// Takes a key that the reader gave as the expected signer's.
    pub fn key(&self, name: String, bytes: &[u8]) {
        let request = self.next_id();
        let text = String::from_utf8(bytes.to_vec()).ok();
        self.keys_asked.borrow_mut().insert(request, (name, text));
        self.tell(|verifier| verifier.key(request, bytes));
    }

    /// Takes a key among the files, which the reader has confirmed by its fingerprint.
    pub fn confirm(&self, key: FoundKey) {
        self.expect(Signer { name: key_name(&key.name), fingerprint: key.fingerprint, key: key.pem });
    }

    /// Expects an identity that the reader wrote, or confirmed.
    pub fn expect_identity(&self, identity: Identity) {
        self.dispatch.dispatch(Action::ExpectIdentity(identity));
    }

    pub(super) fn expect(&self, signer: Signer) {
        self.dispatch.dispatch(Action::Expect(signer));
    }

    pub(super) fn refuse_key(&self, name: &str, reason: &str) {
        self.dispatch.dispatch(Action::KeyRefused(text::with("engine.key", &[("name", name), ("reason", reason)])));
    }
}
