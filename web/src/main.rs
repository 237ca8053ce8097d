//! The web application: drop, look up, verify, explain.
//!
//! It holds no cryptography. The verifier runs in a worker (`worker.js`), which reads and hashes the
//! files and says which requests it needs; this application makes them, and draws the report.
//!
//! - `model`: the state of the page and everything that changes it; pure
//! - `report`, `trust`: what the verifier says; pure
//! - `engine`: worker, files, requests, memory; the only part that acts
//! - `worker`, `transport`, `memory`, `listeners`: the browser, one side each
//! - `app`, `view`: what is drawn
//!
//! What came from files or servers is drawn as text, in `<bdi>` where it is a name, through
//! `format::visible`; no markup is ever made from it. No element carries a `style` attribute: the
//! page's content security policy allows style sheets of its own only.

mod app;
mod engine;
mod format;
mod listeners;
mod memory;
mod model;
mod report;
mod transport;
mod trust;
mod view;
mod worker;

fn main() {
    let root = web_sys::window().and_then(|window| window.document()).and_then(|page| page.get_element_by_id("app"));
    if let Some(root) = root {
        yew::Renderer::<app::App>::with_root(root).render();
    }
}
