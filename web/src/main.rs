//! The web application: drop, look up, verify, explain.
//!
//! It holds no cryptography. The verifier runs in a worker (`worker.js`), which reads and hashes the
//! files and says which requests it needs; this application makes them, and draws the report.
//!
//! - `model`: the state of the page and everything that changes it; pure
//! - `report`, `trust`: what the verifier says; pure
//! - `engine`: worker, files, requests, memory; the only part that acts
//! - `json`: values that cross between JavaScript and here
//! - `worker`, `transport`, `memory`, `listeners`: the browser, one side each
//! - `route`, `address`: where on the page the reader is, and what an address brings
//! - `exports`: what a reader keeps of a result, and passes on
//! - `later`: what is loaded when there is something to show
//! - `text`: the page's words, in the reader's language
//! - `app`, `shell`, `view`: what is drawn
//!
//! What came from files or servers is drawn as text, in `<bdi>` where it is a name, through
//! `format::visible`; no markup is ever made from it. No element carries a `style` attribute: the
//! page's content security policy allows style sheets of its own only.

mod address;
mod app;
mod download;
mod engine;
mod explore;
mod exports;
mod format;
mod json;
mod later;
mod listeners;
mod memory;
mod model;
mod report;
mod route;
mod samples;
mod self_check;
mod shell;
mod text;
mod transport;
mod trust;
mod view;
mod watch;
mod worker;

fn main() {
    address::adopt_search_page();
    wasm_bindgen_futures::spawn_local(async {
        text::start().await;
        // To start the module is work enough for one task: the browser looks up before the page is drawn.
        transport::pause(0).await;
        let document = web_sys::window().and_then(|window| window.document());
        if let Some(root) = document.and_then(|page| page.get_element_by_id("app")) {
            yew::Renderer::<app::App>::with_root(root).render();
        }
    });
}
