//! What the window hears wherever the pointer or the focus is: files dropped, files and text pasted.

use crate::worker::describe;
use js_sys::{Array, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    ClipboardEvent, DataTransfer, DragEvent, Element, Event, File, FileList, FilePropertyBag, HtmlInputElement,
    HtmlTextAreaElement, Window,
};

#[wasm_bindgen]
extern "C" {
    /// The boot script's: what was dropped before this application listened.
    #[wasm_bindgen(js_namespace = rekor, js_name = takeEarlyFiles)]
    fn take_early_files() -> Array;

    /// `dropped.js`: the files of a drop, those in folders included.
    #[wasm_bindgen(js_namespace = rekor, js_name = filesOf)]
    fn files_of(transfer: &DataTransfer) -> Promise;

    /// `dropped.js`: the files of a folder that was chosen.
    #[wasm_bindgen(js_namespace = rekor, js_name = filesOfFolder, catch)]
    fn files_of_folder(files: &FileList) -> Result<Array, JsValue>;
}

/// Whether nobody can see the page: another tab is in front, or the window is away.
pub fn hidden() -> bool {
    web_sys::window().and_then(|window| window.document()).is_some_and(|document| document.hidden())
}

/// An element of the page.
pub fn element(id: &str) -> Option<Element> {
    web_sys::window()?.document()?.get_element_by_id(id)
}

/// What the reader wrote into a field, without the white space around it.
pub fn written(field: &str) -> String {
    let value = element(field).and_then(|field| Reflect::get(&field, &"value".into()).ok()?.as_string());
    value.unwrap_or_default().trim().to_owned()
}

/// A file that the reader brought.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// Its name; with the folders in front of it where it came from one.
    pub name: String,
    /// The file.
    pub file: File,
}

/// What `dropped.js` found.
pub async fn given(promise: Promise) -> Result<Vec<Given>, String> {
    let found = JsFuture::from(promise).await.map_err(|error| describe(&error))?;
    Ok(Array::from(&found).iter().filter_map(|one| from_js(&one)).collect())
}

/// The files of a chosen folder.
pub fn folder(files: &FileList) -> Result<Vec<Given>, String> {
    let found = files_of_folder(files).map_err(|error| describe(&error))?;
    Ok(found.iter().filter_map(|one| from_js(&one)).collect())
}

/// The files of a list.
pub fn list(files: &FileList) -> Vec<Given> {
    let files = (0..files.length()).filter_map(|index| files.get(index));
    files.map(|file| Given { name: file.name(), file }).collect()
}

fn from_js(one: &JsValue) -> Option<Given> {
    let get = |name: &str| Reflect::get(one, &name.into()).ok();
    Some(Given { name: get("name")?.as_string()?, file: get("file")?.dyn_into().ok()? })
}

/// An event listener, until it is dropped.
pub struct Listener {
    window: Window,
    event: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Hears the window's events of this name.
    pub fn on(event: &'static str, hear: impl FnMut(Event) + 'static) -> Option<Self> {
        let window = web_sys::window()?;
        let closure = Closure::<dyn FnMut(Event)>::new(hear);
        window.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref()).ok()?;
        Some(Self { window, event, closure })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Only a listener that was never added cannot be removed.
        let _ = self.window.remove_event_listener_with_callback(self.event, self.closure.as_ref().unchecked_ref());
    }
}

/// Hears files that are dropped anywhere or pasted outside a text field (`bring`), and text that is pasted there
/// (`write`). `dragging` says whether something is being dragged over the page.
pub fn listen(
    bring: impl Fn(Promise) + Clone + 'static,
    write: impl Fn(Given) + 'static,
    dragging: impl Fn(bool) + Clone + 'static,
) -> Vec<Listener> {
    take_early_files().iter().filter_map(|files| files.dyn_into().ok()).for_each(&bring);
    let pasted = bring.clone();
    let (over, leave, dropped) = (dragging.clone(), dragging.clone(), dragging);
    let listeners = [
        Listener::on("dragover", move |event| {
            event.prevent_default();
            over(true);
        }),
        Listener::on("dragleave", move |event| {
            // Only where the pointer leaves the window is there nothing that it enters.
            if event.dyn_ref::<DragEvent>().is_some_and(|event| event.related_target().is_none()) {
                leave(false);
            }
        }),
        Listener::on("drop", move |event| {
            event.prevent_default();
            dropped(false);
            // Text that is merely dragged over the page is not meant for it.
            if let Some(transfer) = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer) {
                bring(files_of(&transfer));
            }
        }),
        Listener::on("paste", move |event| {
            let Some(transfer) = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data) else {
                return;
            };
            if writing(&event) {
                return;
            }
            // Pasted text is as good as a file.
            match transfer.files().is_some_and(|files| files.length() > 0) {
                true => pasted(files_of(&transfer)),
                false => {
                    transfer.get_data("text/plain").ok().and_then(|text| file_of(&text)).into_iter().for_each(&write)
                }
            }
        }),
    ];
    listeners.into_iter().flatten().collect()
}

/// Whether a text field takes what is pasted.
fn writing(event: &Event) -> bool {
    let Some(target) = event.target() else { return false };
    match target.dyn_ref::<HtmlInputElement>() {
        Some(input) => ["text", "url"].contains(&input.type_().as_str()),
        None => target.has_type::<HtmlTextAreaElement>(),
    }
}

fn file_of(text: &str) -> Option<Given> {
    match text.trim().is_empty() {
        true => None,
        false => made("pasted text", text.as_bytes()),
    }
}

/// A file that is on no disk.
pub fn made(name: &str, bytes: &[u8]) -> Option<Given> {
    let options = FilePropertyBag::new();
    options.set_type("text/plain");
    let parts = Array::of1(&Uint8Array::from(bytes));
    let file = File::new_with_u8_array_sequence_and_options(&parts, name, &options).ok()?;
    Some(Given { name: name.to_owned(), file })
}
