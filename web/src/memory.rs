//! What this browser remembers between visits: checkpoints, the logs' keys, and alarms that nobody has
//! dealt with; the language that the reader chose; and whom the reader expects, if told to. Nothing about files. A
//! browser that refuses to store remembers nothing.

use crate::json::{self, Json, Read, read_fields};
use crate::model::{Identity, Model, Signer};
use crate::trust::{Alarm, KnownKeys};
use std::cell::Cell;
use web_sys::Storage;

const SEEN: &str = "rekor:seen";
const KEYS: &str = "rekor:log-keys";
const ALARMS: &str = "rekor:alarms";
const LANGUAGE: &str = "rekor:language";
const EXPECTED: &str = "rekor:expected";

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

thread_local! {
    /// Whether the browser has refused to store something: its memory is full, or forbidden.
    static REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this browser remembers what the page gives it.
pub fn works() -> bool {
    storage().is_some() && !REFUSED.get()
}

/// A full or forbidden store leaves the page without memory, as on a first visit, and the page says so.
fn put(storage: &Storage, name: &str, text: &str) {
    REFUSED.set(storage.set_item(name, text).is_err());
}

fn read<T: Read + Default>(name: &str) -> T {
    let text = storage().and_then(|storage| storage.get_item(name).ok()?);
    text.and_then(|text| json::read(Json::parse(&text)?).ok()).unwrap_or_default()
}

fn write(name: &str, value: &Json) {
    if let Some(storage) = storage() {
        put(&storage, name, &value.to_text());
    }
}

fn write_alarms(alarms: &[Alarm]) {
    write(ALARMS, &Json::List(alarms.iter().map(Alarm::to_json).collect()));
}

/// The checkpoints, in the verifier's own form.
pub fn seen() -> Option<String> {
    storage()?.get_item(SEEN).ok()?
}

/// Remembers the checkpoints; with none, the next look-up is like the first.
pub fn set_seen(seen: Option<&str>) {
    if let Some(storage) = storage() {
        match seen {
            Some(seen) => put(&storage, SEEN, seen),
            // What cannot be removed is still there at the next visit.
            None => storage.remove_item(SEEN).unwrap_or_default(),
        }
    }
}

/// The keys of the logs that were in the policy at earlier visits.
pub fn keys() -> KnownKeys {
    read(KEYS)
}

/// Remembers the logs' keys.
pub fn set_keys(keys: &KnownKeys) {
    let keys = keys.iter().map(|(log, fingerprint)| (log.clone(), fingerprint.as_str().into()));
    write(KEYS, &Json::Object(keys.collect()));
}

/// The alarms that nobody has dealt with.
pub fn alarms() -> Vec<Alarm> {
    read(ALARMS)
}

/// Keeps an alarm until it is dealt with.
pub fn add_alarm(alarm: &Alarm) {
    let mut alarms = alarms();
    if !alarms.iter().any(|other| alarm.repeats(other)) {
        alarms.push(alarm.clone());
        write_alarms(&alarms);
    }
}

/// The alarm has been dealt with.
pub fn remove_alarm(alarm: &Alarm) {
    let mut alarms = alarms();
    alarms.retain(|other| other != alarm);
    write_alarms(&alarms);
}

/// Whom the reader wants expected at every visit.
#[derive(Default)]
struct Expected {
    signers: Vec<Signer>,
    identity: Option<Identity>,
}

read_fields!(Expected { signers, identity });

/// The page as a visit begins: nothing but whom the reader wants expected.
pub fn model() -> Model {
    let Expected { signers, identity } = read(EXPECTED);
    Model { keep: !signers.is_empty() || identity.is_some(), signers, identity, ..Model::default() }
}

/// Keeps whom the reader expects for later visits, or forgets it.
pub fn keep_expected(model: &Model) {
    let text = |text: &String| Json::from(text.as_str());
    let signer = |it: &Signer| {
        Json::object([("name", text(&it.name)), ("fingerprint", text(&it.fingerprint)), ("key", text(&it.key))])
    };
    let identity = |it: &Identity| Json::object([("identity", text(&it.identity)), ("issuer", text(&it.issuer))]);
    if model.keep {
        let signers = Json::List(model.signers.iter().map(signer).collect());
        let identity = model.identity.as_ref().map(identity).unwrap_or_default();
        write(EXPECTED, &Json::object([("signers", signers), ("identity", identity)]));
    } else if let Some(storage) = storage() {
        // What cannot be removed is shown as expected at the next visit.
        storage.remove_item(EXPECTED).unwrap_or_default();
    }
}

/// The tag of the language that the reader chose.
pub fn language() -> Option<String> {
    storage()?.get_item(LANGUAGE).ok()?
}

/// Remembers the language that the reader chose.
pub fn set_language(tag: &str) {
    if let Some(storage) = storage() {
        put(&storage, LANGUAGE, tag);
    }
}
