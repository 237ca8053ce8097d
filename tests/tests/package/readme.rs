//! Each example of the package's README, run in a folder with the sample release.

use rekor_tests::files::{read, sample};
use rekor_tests::package::{Project, SAMPLE, sample_trust, succeeds};

#[test]
fn the_examples_print_what_stands_beside_them() {
    let Some(project) = Project::get() else { return };
    let files = SAMPLE.iter().map(|name| sample(name)).chain(sample_trust());
    for file in files {
        project.folder.write(file.file_name().unwrap().to_str().unwrap(), &read(&file));
    }
    let readme = String::from_utf8(read(&project.package().join("README.md"))).unwrap();
    let examples = readme.split("```js\n").skip(1);
    let mut count = 0;
    for example in examples {
        let (script, rest) = example.split_once("```\n").unwrap();
        let expected = rest.trim_start().strip_prefix("```text\n").unwrap().split_once("```").unwrap().0;
        let script = project.folder.write(&format!("example-{count}.mjs"), script.as_bytes());
        let output = succeeds(project.node().arg(script));
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
        count += 1;
    }
    assert!(count >= 3, "{count} examples");
}
