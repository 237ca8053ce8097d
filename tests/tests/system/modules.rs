//! The page's modules do not grow unnoticed.

use rekor_tests::modules::MODULES;
use rekor_tests::needs;

#[test]
fn the_modules_are_within_their_limits() {
    let Some(dist) = needs::tool("REKOR_DIST", "the built page (dist/)") else { return };
    for module in MODULES {
        let (size, limit) = (module.size(&dist), module.limit);
        println!("{}", module.describe(&dist));
        assert!(size <= limit, "the {} module has {size} bytes after Brotli, {limit} are allowed", module.name);
    }
}
