//! Layouts in the report.

use super::{LinkKey, Outcome};
use crate::json::read_fields;

/// A layout: the project's own rule for how its software is made. Its checks stand in the report's list.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// `layout[i]`.
    pub subject: String,
    /// As dropped.
    pub name: String,
    /// Who signed it.
    pub keys: Vec<LinkKey>,
    /// When it ends, Unix seconds.
    pub expires: Option<i64>,
    /// The steps, in the order in which they are carried out.
    pub steps: Vec<Step>,
    /// What the receiver does with the product.
    pub inspections: Vec<Inspection>,
}

read_fields!(Layout { subject, name, keys, expires, steps, inspections });

/// A step of a layout.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// How many people have to have carried it out.
    pub threshold: u64,
    /// The links that count for it: `link[i]`.
    pub links: Vec<String>,
    /// What all its checks came to.
    pub outcome: Outcome,
}

read_fields!(Step { name, threshold, links, outcome });

/// An inspection of a layout.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// Its name.
    pub name: String,
    /// The command, word by word.
    pub run: Vec<String>,
    /// What all its checks came to.
    pub outcome: Outcome,
}

read_fields!(Inspection { name, run, outcome });
