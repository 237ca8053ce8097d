//! What would be on disk: files, folders and symbolic links by path.

use super::super::{ArchiveError, Compression, Listing, MAX_MEMBERS, MAX_NAME, MAX_NAMES, MAX_PATH, Member};
use crate::check::digest::Digests;
use crate::sorted::Map;

#[derive(Default)]
pub(super) struct Tree {
    nodes: Map<String, Node>,
    /// Bytes of all names.
    names: usize,
}

pub(super) enum Node {
    File(Digests),
    Folder,
    Symlink(String),
}

fn not_emulated<T>(member: &str, what: &'static str) -> Result<T, ArchiveError> {
    Err(ArchiveError::NotEmulated { member: member.to_owned(), what })
}

/// Where a member of this name is written: relative, without empty parts and `.`.
///
/// GNU tar takes a leading slash off and fails on `..`; others do otherwise, so neither is followed. in-toto records a
/// backslash as a slash.
pub(super) fn clean(name: &str) -> Result<String, ArchiveError> {
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if name.starts_with('/') {
        return not_emulated(name, "has an absolute name");
    }
    if parts.contains(&"..") {
        return not_emulated(name, "has a name that leads out of its folder (..)");
    }
    if name.contains('\\') {
        return not_emulated(name, "has a backslash in its name");
    }
    if name.len() > MAX_PATH || parts.iter().any(|part| part.len() > MAX_NAME) {
        return not_emulated(name, "has a name that is too long for a disk");
    }
    Ok(parts.join("/"))
}

impl Tree {
    /// The digests of the file at `path`.
    pub fn file(&self, path: &str) -> Option<Digests> {
        match self.nodes.get(path) {
            Some(Node::File(digests)) => Some(*digests),
            _ => None,
        }
    }

    /// Writes a file or a symbolic link: below folders, never through a link, and over nothing but an earlier file.
    pub fn insert(&mut self, path: String, node: Node) -> Result<(), ArchiveError> {
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.folder(parent)?;
        }
        match (self.nodes.get(&path), &node) {
            (None, _) | (Some(Node::File(_)), Node::File(_)) => {}
            _ => return not_emulated(&path, "stands twice in the archive, as two different things"),
        }
        self.count(path.len() + if let Node::Symlink(target) = &node { target.len() } else { 0 })?;
        self.nodes.insert(path, node);
        Ok(())
    }

    /// Makes the folder and those it lies in; one that is there already ends the way up.
    pub fn folder(&mut self, mut path: &str) -> Result<(), ArchiveError> {
        while !path.is_empty() {
            match self.nodes.get(path) {
                Some(Node::Folder) => break,
                Some(_) => return not_emulated(path, "is a folder at one place and something else at another"),
                None => {
                    self.count(path.len())?;
                    self.nodes.insert(path.to_owned(), Node::Folder);
                }
            }
            path = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        Ok(())
    }

    fn count(&mut self, name: usize) -> Result<(), ArchiveError> {
        self.names += name;
        match self.names > MAX_NAMES || self.nodes.len() >= MAX_MEMBERS {
            true => Err(ArchiveError::TooManyMembers),
            false => Ok(()),
        }
    }

    pub fn listing(self, compression: Compression) -> Listing {
        let mut listing = Listing { compression, members: Vec::new(), symlinks: Vec::new() };
        for (path, node) in self.nodes {
            match node {
                Node::File(digests) => listing.members.push(Member { path, digests }),
                Node::Symlink(target) => listing.symlinks.push((path, target)),
                Node::Folder => {}
            }
        }
        listing
    }
}
