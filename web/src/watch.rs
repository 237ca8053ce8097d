//! Looks whether the worker is still alive: a browser short of memory may end one without a word.

use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// From one look to the next (milliseconds).
const INTERVAL: i32 = 5_000;

/// So many looks without any message in between mean that there is nobody. The longest piece of work between two
/// messages takes a second or two.
const SILENT: u32 = 4;

/// Asks at every look, until it is dropped.
pub struct Watch {
    timer: Option<i32>,
    silent: Rc<Cell<u32>>,
    _closure: Closure<dyn FnMut()>,
}

impl Watch {
    /// Calls `ask` at every look, and `lost` once nobody has answered for long. Looks are counted, not seconds: a device
    /// that slept is not a worker that is silent.
    pub fn start(ask: impl Fn() + 'static, lost: impl Fn() + 'static) -> Self {
        let silent = Rc::new(Cell::new(0));
        let counted = silent.clone();
        let closure = Closure::<dyn FnMut()>::new(move || {
            counted.set(counted.get() + 1);
            match counted.get() {
                looks if looks < SILENT => ask(),
                SILENT => lost(),
                _ => {}
            }
        });
        let look = closure.as_ref().unchecked_ref();
        let set = web_sys::window().map(|it| it.set_interval_with_callback_and_timeout_and_arguments_0(look, INTERVAL));
        Self { timer: set.and_then(Result::ok), silent, _closure: closure }
    }

    /// The worker said something.
    pub fn heard(&self) {
        self.silent.set(0);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let (Some(window), Some(timer)) = (web_sys::window(), self.timer) {
            window.clear_interval_with_handle(timer);
        }
    }
}
