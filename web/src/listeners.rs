//! What the window hears wherever the pointer or the focus is: files dropped, files and text pasted.

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{
    ClipboardEvent, DataTransfer, DragEvent, Event, File, FileList, FilePropertyBag, HtmlInputElement,
    HtmlTextAreaElement, Window,
};

#[wasm_bindgen]
extern "C" {
    /// The boot script's: what was dropped before this application listened.
    #[wasm_bindgen(js_namespace = rekor, js_name = takeEarlyFiles)]
    fn take_early_files() -> Array;
}

/// An event listener, until it is dropped.
pub struct Listener {
    window: Window,
    event: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Listener {
    fn new(event: &'static str, hear: impl FnMut(Event) + 'static) -> Option<Self> {
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

/// Hears files that are dropped anywhere or pasted outside a text field; pasted text becomes a file.
/// `dragging` says whether something is being dragged over the page.
pub fn listen(add: impl Fn(Vec<File>) + Clone + 'static, dragging: impl Fn(bool) + Clone + 'static) -> Vec<Listener> {
    add(take_early_files().iter().filter_map(|file| file.dyn_into().ok()).collect());
    let pasted = add.clone();
    let (over, leave, dropped) = (dragging.clone(), dragging.clone(), dragging);
    let listeners = [
        Listener::new("dragover", move |event| {
            event.prevent_default();
            over(true);
        }),
        Listener::new("dragleave", move |event| {
            // Only where the pointer leaves the window is there nothing that it enters.
            if event.dyn_ref::<DragEvent>().is_some_and(|event| event.related_target().is_none()) {
                leave(false);
            }
        }),
        Listener::new("drop", move |event| {
            event.prevent_default();
            dropped(false);
            let Some(transfer) = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer) else { return };
            add(files(&transfer));
        }),
        Listener::new("paste", move |event| {
            let Some(transfer) = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data) else {
                return;
            };
            if !writing(&event) {
                pasted(files_or_text(&transfer));
            }
        }),
    ];
    listeners.into_iter().flatten().collect()
}

/// Whether a text field takes what is pasted.
fn writing(event: &Event) -> bool {
    let Some(target) = event.target() else { return false };
    match target.dyn_ref::<HtmlInputElement>() {
        Some(input) => input.type_() == "text",
        None => target.has_type::<HtmlTextAreaElement>(),
    }
}

/// Pasted text is as good as a file; text that is merely dragged over the page is not meant for it.
fn files_or_text(transfer: &DataTransfer) -> Vec<File> {
    let files = files(transfer);
    if !files.is_empty() {
        return files;
    }
    transfer.get_data("text/plain").ok().and_then(|text| file_of(&text)).into_iter().collect()
}

fn files(transfer: &DataTransfer) -> Vec<File> {
    transfer.files().map(|files| list(&files)).unwrap_or_default()
}

/// The files of a list.
pub fn list(files: &FileList) -> Vec<File> {
    (0..files.length()).filter_map(|index| files.get(index)).collect()
}

fn file_of(text: &str) -> Option<File> {
    if text.trim().is_empty() {
        return None;
    }
    let options = FilePropertyBag::new();
    options.set_type("text/plain");
    File::new_with_str_sequence_and_options(&Array::of1(&text.into()), "pasted text", &options).ok()
}
