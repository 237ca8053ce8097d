//! The way to the third module, which has what few releases need.

use js_sys::{Function, Uint8Array};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

thread_local! {
    static ANSWER: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Names the function that takes a question, as bytes, to the third module's `answer`. It gives `undefined` where that
/// is not loaded: then the result of the call that asked says that something could not be checked, and the call is to be
/// made again once the module is there.
#[wasm_bindgen]
pub fn ask_extras_with(answer: Function) {
    ANSWER.with_borrow_mut(|current| *current = Some(answer));
    rekor_verifier::extras::ask_with(ask);
}

fn ask(question: &[u8]) -> Option<Vec<u8>> {
    let answer = ANSWER.with_borrow(Clone::clone)?;
    let answered = answer.call1(&JsValue::NULL, &Uint8Array::from(question)).ok()?;
    answered.dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec())
}
