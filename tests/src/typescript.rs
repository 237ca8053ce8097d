//! TypeScript's types from a JSON schema: `npm/package/report.d.ts` is made of `docs/report.schema.json`, and of nothing
//! else, so that they cannot come to say different things.

use serde_json::{Map, Value};

/// The declarations of a schema as schemars writes it, whose root is to be called `name`.
///
/// Stops where the schema uses what is not translated here.
pub fn declarations(name: &str, schema: &Value) -> String {
    let mut out = String::from("// Made of docs/report.schema.json by the test that compares the two: do not edit.\n");
    out += &declaration(name, schema);
    for (name, schema) in schema["$defs"].as_object().expect("definitions") {
        out += &declaration(name, schema);
    }
    out
}

fn declaration(name: &str, schema: &Value) -> String {
    let comment = comment(schema, "");
    match schema.get("properties") {
        Some(properties) => format!("\n{comment}export interface {name} {}\n", members(schema, properties)),
        None => format!("\n{comment}export type {name} ={};\n", alternatives(schema)),
    }
}

fn members(schema: &Value, properties: &Value) -> String {
    let required: Vec<&Value> = schema["required"].as_array().into_iter().flatten().collect();
    let member = |(name, schema): (&String, &Value)| {
        let mark = if required.contains(&&Value::from(name.as_str())) { "" } else { "?" };
        format!("{}  {name}{mark}: {};\n", comment(schema, "  "), type_of(schema))
    };
    let properties: &Map<String, Value> = properties.as_object().expect("properties");
    format!("{{\n{}}}", properties.iter().map(member).collect::<String>())
}

/// One of several words, each with what it means.
fn alternatives(schema: &Value) -> String {
    let words = schema["oneOf"].as_array().unwrap_or_else(|| panic!("expected oneOf in {schema}"));
    let word = |one: &Value| format!("\n{}  | {}", comment(one, "  "), one["const"]);
    words.iter().map(word).collect()
}

fn type_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        return name.to_owned();
    }
    if let Some(any) = schema["anyOf"].as_array() {
        return any.iter().map(type_of).collect::<Vec<_>>().join(" | ");
    }
    match &schema["type"] {
        Value::String(name) => basic(name, schema),
        Value::Array(names) => {
            let basic = |name: &Value| basic(name.as_str().expect("the name of a type"), schema);
            names.iter().map(basic).collect::<Vec<_>>().join(" | ")
        }
        _ => panic!("no type in {schema}"),
    }
}

fn basic(name: &str, schema: &Value) -> String {
    match name {
        "integer" | "number" => "number".to_owned(),
        "string" | "boolean" | "null" => name.to_owned(),
        "array" => format!("{}[]", type_of(&schema["items"])),
        "object" => match &schema["additionalProperties"] {
            Value::Bool(true) => "Record<string, unknown>".to_owned(),
            values => format!("Record<string, {}>", type_of(values)),
        },
        other => panic!("the type {other} is not translated"),
    }
}

/// The description, without the links of Rust's documentation.
fn comment(schema: &Value, indent: &str) -> String {
    let Some(text) = schema["description"].as_str() else { return String::new() };
    let text = text.replace("[`", "`").replace("`]", "`").replace('\n', " ");
    format!("{indent}/** {text} */\n")
}
