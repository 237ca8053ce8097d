//! SLSA provenance: who built the subjects of a statement, how, and from what. Versions v0.1, v0.2 and v1
//! (slsa.dev/provenance); unknown members are ignored, as its parsing rules ask.

use super::json::Value;
use super::record::{FileRecord, descriptors, given};
use super::shape::{Malformed, malformed, object, string};

/// What the predicate says of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Who built.
    pub build: Build,
    /// What went in: `materials`, in v1 `resolvedDependencies`. Their digests may be missing.
    pub materials: Vec<FileRecord>,
}

/// The builder and the kind of its build, both URIs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// `builder.id`
    pub builder: String,
    /// `buildType`; in v0.1 `recipe.type`, empty where there is no recipe.
    pub build_type: String,
}

impl Provenance {
    /// Reads a predicate; `None` where its type is none of the three.
    pub fn read(predicate_type: &str, predicate: &Value) -> Option<Result<Self, Malformed>> {
        match predicate_type {
            "https://slsa.dev/provenance/v0.1" => Some(v01(predicate)),
            "https://slsa.dev/provenance/v0.2" => Some(v02(predicate)),
            "https://slsa.dev/provenance/v1" => Some(v1(predicate)),
            _ => None,
        }
    }
}

/// slsa.dev/provenance/v0.1: the recipe may be missing.
fn v01(predicate: &Value) -> Result<Provenance, Malformed> {
    let build_type = match given(predicate, "recipe") {
        Some(recipe) => string(recipe.get("type"), "payload.predicate.recipe.type")?,
        None => String::new(),
    };
    let build = Build { builder: builder(predicate, PLACE)?, build_type };
    Ok(Provenance { build, materials: materials(predicate, PLACE, "materials")? })
}

/// slsa.dev/provenance/v0.2
fn v02(predicate: &Value) -> Result<Provenance, Malformed> {
    let build_type = string(predicate.get("buildType"), "payload.predicate.buildType")?;
    let build = Build { builder: builder(predicate, PLACE)?, build_type };
    Ok(Provenance { build, materials: materials(predicate, PLACE, "materials")? })
}

/// slsa.dev/provenance/v1
fn v1(predicate: &Value) -> Result<Provenance, Malformed> {
    let (definition, place) = member(predicate, "buildDefinition")?;
    let build_type = string(definition.get("buildType"), &format!("{place}.buildType"))?;
    object(definition.get("externalParameters"), &format!("{place}.externalParameters"))?;
    let materials = materials(definition, &place, "resolvedDependencies")?;
    let (details, place) = member(predicate, "runDetails")?;
    Ok(Provenance { build: Build { builder: builder(details, &place)?, build_type }, materials })
}

const PLACE: &str = "payload.predicate";

/// An object in the predicate, and its place.
fn member<'a>(predicate: &'a Value, name: &str) -> Result<(&'a Value, String), Malformed> {
    let place = format!("{PLACE}.{name}");
    let value = predicate.get(name).ok_or_else(|| malformed(&place, "expected an object"))?;
    Ok((value, place))
}

fn builder(holder: &Value, place: &str) -> Result<String, Malformed> {
    let id = holder.get("builder").and_then(|builder| builder.get("id"));
    string(id, &format!("{place}.builder.id"))
}

fn materials(holder: &Value, place: &str, name: &str) -> Result<Vec<FileRecord>, Malformed> {
    match given(holder, name) {
        Some(list) => descriptors(Some(list), &format!("{place}.{name}")),
        None => Ok(Vec::new()),
    }
}
