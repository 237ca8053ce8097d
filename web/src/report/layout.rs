//! Layouts in the report.

use super::{LinkKey, Outcome};
use serde::Deserialize;

/// A layout: the project's own rule for how its software is made. Its checks stand in the report's list.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Layout {
    /// `layout[i]`.
    pub subject: String,
    /// As dropped.
    pub name: String,
    /// Who signed it.
    #[serde(default)]
    pub keys: Vec<LinkKey>,
    /// When it ends, Unix seconds.
    pub expires: Option<i64>,
    /// The steps, in the order in which they are carried out.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What the receiver does with the product.
    #[serde(default)]
    pub inspections: Vec<Inspection>,
}

/// A step of a layout.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// How many people have to have carried it out.
    pub threshold: u64,
    /// The links that count for it: `link[i]`.
    #[serde(default)]
    pub links: Vec<String>,
    /// What all its checks came to.
    pub outcome: Outcome,
}

/// An inspection of a layout.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Inspection {
    /// Its name.
    pub name: String,
    /// The command, word by word.
    #[serde(default)]
    pub run: Vec<String>,
    /// What all its checks came to.
    pub outcome: Outcome,
}
