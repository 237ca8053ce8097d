//! The published schema of the report, and TypeScript's types of it, held against the types that make it.

use rekor_tests::files::root;
use rekor_tests::typescript;
use rekor_verifier::report::{Report, VERSION};

#[test]
fn the_published_schema_and_types_are_those_of_the_report() {
    let schema = schemars::generate::SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = schema.into_root_schema_for::<Report>();
    schema.insert("$id".into(), format!("report-{VERSION}.schema.json").into());
    schema.insert("title".into(), format!("Report of a verification, version {VERSION}").into());
    is_published("docs/report.schema.json", &(serde_json::to_string_pretty(&schema).unwrap() + "\n"));
    is_published("npm/package/report.d.ts", &typescript::declarations("Report", schema.as_value()));
}

fn is_published(file: &str, expected: &str) {
    let path = root().join(file);
    if std::env::var_os("REKOR_WRITE_SCHEMA").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(published, expected, "REKOR_WRITE_SCHEMA=1 writes {}", path.display());
}
