//! Entry IDs of Rekor v1: 16 hexadecimal digits of the tree ID, 64 of the leaf hash.

use crate::answer::Refused;
use rekor_log::Log;
use rekor_verifier::Hash;

/// The ID of the entry with this leaf hash.
pub(crate) fn entry_id(log: &Log, leaf: &Hash) -> String {
    format!("{:016x}{leaf}", log.tree_id())
}

/// The leaf hash in an entry's ID of 80 digits, or of 64 without the tree.
pub(crate) fn leaf_of_entry_id(log: &Log, id: &str) -> Result<Hash, Refused> {
    let wrong = || Refused::bad(format!("{id:?} is not an entry's ID: expected 64 or 80 hexadecimal digits"));
    if !matches!(id.len(), 64 | 80) || !id.is_ascii() {
        return Err(wrong());
    }
    let id = id.to_ascii_lowercase();
    let (tree, leaf) = id.split_at(id.len() - 64);
    let leaf = Hash::from_hex(leaf).ok_or_else(wrong)?;
    if !tree.is_empty() {
        let tree = u64::from_str_radix(tree, 16).map_err(|_| wrong())?;
        same_tree(log, &tree.to_string())?;
    }
    Ok(leaf)
}

/// Refuses what was meant for another tree.
pub(crate) fn same_tree(log: &Log, tree_id: &str) -> Result<(), Refused> {
    if tree_id == log.tree_id().to_string() {
        return Ok(());
    }
    Err(Refused::missing(format!("this is tree {}, asked for was tree {tree_id}", log.tree_id())))
}
