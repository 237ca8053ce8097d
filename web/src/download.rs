//! Files that the reader keeps.

use crate::worker::describe;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Gives the browser a file to be saved under a name.
pub fn save(name: &str, text: &str) {
    if let Err(error) = offer(name, text) {
        web_sys::console::error_1(&format!("{name} could not be saved: {}", describe(&error)).into());
    }
}

fn offer(name: &str, text: &str) -> Result<(), JsValue> {
    let document = web_sys::window().and_then(|window| window.document()).ok_or("there is no page")?;
    let kind = BlobPropertyBag::new();
    kind.set_type("application/octet-stream");
    let parts = Array::of1(&Uint8Array::from(text.as_bytes()));
    let url = Url::create_object_url_with_blob(&Blob::new_with_u8_array_sequence_and_options(&parts, &kind)?)?;
    let anchor: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // The browser holds on to what it is saving.
    Url::revoke_object_url(&url)
}
