//! The page's modules do not grow unnoticed.

use rekor_tests::modules::MODULES;
use rekor_tests::needs;

#[test]
fn the_modules_are_as_small_as_they_were() {
    let Some(dist) = needs::tool("REKOR_DIST", "the built page (dist/)") else { return };
    for module in MODULES {
        let (size, most) = (module.size(&dist), module.most);
        println!("{}", module.describe(&dist));
        assert!(size <= most, "the {} module has {size} bytes after Brotli, {most} are allowed", module.name);
    }
}
