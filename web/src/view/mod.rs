//! What is drawn, one part a file.

pub mod alarms;
pub mod audit;
pub mod brought;
pub mod bundle;
pub mod check_page;
pub mod checks;
pub mod confirm;
pub mod evidence;
pub mod explore;
pub mod exports;
pub mod facts;
pub mod files;
pub mod growth;
pub mod layout;
pub mod parts;
pub mod progress;
pub mod proof;
pub mod rekor;
pub mod release_record;
pub mod samples;
pub mod signers;
pub mod trust;
pub mod verdict;
