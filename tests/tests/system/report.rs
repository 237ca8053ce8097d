//! The published schema of the report, held against the types that make it.

use rekor_tests::files::root;
use rekor_verifier::report::{Report, VERSION};

#[test]
fn the_published_schema_is_that_of_the_report() {
    let schema = schemars::generate::SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = schema.into_root_schema_for::<Report>();
    schema.insert("$id".into(), format!("report-{VERSION}.schema.json").into());
    schema.insert("title".into(), format!("Report of a verification, version {VERSION}").into());
    let schema = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let path = root().join("docs/report.schema.json");
    if std::env::var_os("REKOR_WRITE_SCHEMA").is_some() {
        std::fs::write(&path, &schema).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(published, schema, "REKOR_WRITE_SCHEMA=1 writes {}", path.display());
}
