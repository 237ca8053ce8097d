//! One parser on invented inputs. Which one, says `REKOR_PARSER`: the names stand in `verifier/tests/parsers/mod.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

#[path = "../../verifier/tests/parsers/mod.rs"]
mod parsers;

static PARSER: LazyLock<parsers::Parser> = LazyLock::new(|| {
    let wanted = std::env::var("REKOR_PARSER").unwrap_or_default();
    let found = parsers::PARSERS.iter().find(|(name, _)| *name == wanted);
    let names = || parsers::PARSERS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    found.unwrap_or_else(|| panic!("REKOR_PARSER={wanted:?}: expected one of {}", names())).1
});

fuzz_target!(|bytes: &[u8]| {
    PARSER(bytes);
});
