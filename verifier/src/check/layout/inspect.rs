//! Step 9: inspections. Nothing is run; what unpacking a tar archive would leave is computed.
//!
//! Like Python's in-toto: an inspection's materials are the files of the working directory before it, its products
//! those after it, each with its SHA-256, and files that in-toto never records are left out.

use super::rules::{Artifacts, Item};
use super::scope::Scope;
use super::tar::Unpack;
use super::trace::{self, Rules, one_side, too_much_work};
use super::{Items, LayoutInput, Work, chain, missing};
use crate::bytes::contains;
use crate::check::archive::{Compression, Listing};
use crate::check::digest::Digests;
use crate::format::layout::{Inspection, Side};
use crate::report::{Check, CheckId, Outcome};
use crate::sorted::{Map, Set};

/// How many rules are named as unproven; the rest is counted.
const MAX_NAMED: usize = 16;

/// What keeping one file's name and digest is worth in comparisons of a character: a bound on memory.
const FILE_COST: u64 = 512;

/// The files of the working directory, or why they are not known.
pub(super) type Files = Result<Artifacts, String>;

/// What rules may refer to, and what of that is not known.
type Known<'b> = (Map<&'b str, &'b Item>, Set<&'b str>);

/// Why an inspection has no products here.
enum NotRun {
    /// The command fails on this archive.
    Fails(String),
    /// It is not known what the command does, or does to this archive.
    Unknown(String),
}

impl Work<'_> {
    /// All inspections are carried out, then the rules of each are applied: they may refer to one another.
    pub(super) fn inspections(&mut self, inspections: &[Inspection], items: &Items, scope: &Scope) {
        let (mut before, mut after): (Vec<Files>, Items) = (Vec::new(), Vec::new());
        for inspection in inspections {
            let subject = scope.subject(&format!("inspection[{}]", inspection.name));
            before.push(self.files.clone());
            let ran = self.run(inspection);
            self.push(run_check(&subject, inspection, &ran));
            let after_it = ran.map_err(|_| "it follows a command that was not run".to_owned());
            let files = std::mem::replace(&mut self.files, after_it);
            let item = files.ok().zip(self.files.clone().ok());
            after.push((inspection.name.clone(), item.map(|(materials, products)| Item { materials, products })));
        }
        let known = (chain(items.iter().chain(&after)), missing(items.iter().chain(&after)));
        for ((inspection, (_, item)), files) in inspections.iter().zip(&after).zip(&before) {
            let subject = scope.subject(&format!("inspection[{}]", inspection.name));
            let check = match item {
                Some(item) => self.rules_after(&subject, inspection, item, &known),
                None => self.rules_before(&subject, inspection, files, &known),
            };
            self.push(check);
        }
    }

    fn run(&mut self, inspection: &Inspection) -> Result<Artifacts, NotRun> {
        let unknown = |why: String| NotRun::Unknown(why);
        let unpack = Unpack::parse(&inspection.run)
            .ok_or_else(|| unknown("commands other than unpacking a tar archive are not run".into()))?;
        let files = self.files.as_ref().map_err(|why| unknown(why.clone()))?;
        let archive = &unpack.archive;
        let given = self.input.artifacts.iter().find(|(path, _)| path == archive);
        let (_, digests) = given.ok_or_else(|| unknown(format!("the file {archive:?} was not given")))?;
        if files.get(archive) != Some(&recorded(digests)) {
            return Err(unknown(format!("{archive:?} is no longer the file that was given")));
        }
        let listing = self.input.archives.iter().find(|(path, _)| path == archive);
        let listing = listing.ok_or_else(|| unknown(format!("the archive {archive:?} was not read")))?.1;
        match listing {
            Err(error) if error.is_damage() => Err(NotRun::Fails(format!("{archive:?} cannot be unpacked: {error}"))),
            Err(error) => Err(unknown(format!("it is not known what {archive:?} unpacks to: {error}"))),
            Ok(listing) if unpack.gzip && listing.compression != Compression::Gzip => {
                Err(unknown(format!("{archive:?} is not in gzip, as the command says it is")))
            }
            Ok(listing) => {
                let copied = (files.len() + listing.members.len()) as u64 * FILE_COST;
                self.budget.spend(copied).map_err(|error| unknown(too_much_work(error)))?;
                unpacked(files, listing).map_err(unknown)
            }
        }
    }

    fn rules_after(
        &mut self,
        subject: &str,
        inspection: &Inspection,
        item: &Item,
        (chain, missing): &Known<'_>,
    ) -> Check {
        let rules = Rules { materials: &inspection.expected_materials, products: &inspection.expected_products };
        trace::check(CheckId::InspectionRules, subject, &rules, item, chain, missing, self.budget)
    }

    /// The rules on what was there before can be broken even where the command was not run.
    fn rules_before(&mut self, subject: &str, inspection: &Inspection, files: &Files, known: &Known<'_>) -> Check {
        let check = |outcome, sentence: String| Check::new(CheckId::InspectionRules, subject, outcome, sentence);
        let unproven: Vec<String> =
            inspection.expected_products.iter().take(MAX_NAMED).map(ToString::to_string).collect();
        let rules = Rules { materials: &inspection.expected_materials, products: &[] };
        let (chain, missing) = known;
        let broken = match files {
            Ok(files) if rules.refers_to(missing).is_none() => {
                let item = Item { materials: files.clone(), products: Artifacts::new() };
                one_side(Side::Materials, rules.materials, &item, chain, self.budget)
            }
            _ => Ok(None),
        };
        let done = match broken {
            Ok(Some(sentence)) => check(Outcome::Failed, sentence),
            Ok(None) => check(Outcome::NotChecked, "The command was not run, so its result is not known.".into()),
            Err(error) => check(Outcome::NotChecked, too_much_work(error)),
        };
        done.with("unproven", unproven).with("unproven_rules", inspection.expected_products.len())
    }
}

/// The files that the reader gave.
pub(super) fn working_directory(input: &LayoutInput<'_>) -> Files {
    let mut files = Artifacts::new();
    for (path, digests) in input.artifacts.iter().filter(|(path, _)| is_recorded(path)) {
        let (path, digests) = (path.replace('\\', "/"), recorded(digests));
        if files.get(&path).is_some_and(|known| *known != digests) {
            return Err(format!("two files were given for {path:?}"));
        }
        files.insert(path, digests);
    }
    Ok(files)
}

fn run_check(subject: &str, inspection: &Inspection, ran: &Result<Artifacts, NotRun>) -> Check {
    let check = |outcome, sentence: String| Check::new(CheckId::InspectionRun, subject, outcome, sentence);
    let done = match ran {
        Ok(files) => {
            let sentence = "What the command would unpack was computed from the archive's bytes.";
            check(Outcome::Passed, sentence.into()).with("files", files.len())
        }
        Err(NotRun::Fails(why)) => check(Outcome::Failed, format!("The command would fail: {why}.")),
        Err(NotRun::Unknown(why)) => {
            let rules = inspection.expected_products.len();
            let sentence =
                format!("The command was not run ({why}), which leaves {rules} rules on its result unproven.");
            check(Outcome::NotChecked, sentence)
        }
    };
    done.with("run", inspection.run.clone())
}

/// Python's in-toto leaves these out of what it records: `*.link*`, `.git`, `*.pyc` and `*~`, files and folders alike.
fn is_recorded(path: &str) -> bool {
    let left_out =
        |part: &str| contains(part, ".link") || part == ".git" || part.ends_with(".pyc") || part.ends_with('~');
    !path.split(['/', '\\']).any(left_out)
}

fn recorded(digests: &Digests) -> Map<String, String> {
    Map::from_iter([("sha256".to_owned(), digests.sha256.to_string())])
}

/// The files of the working directory once the archive is unpacked into it.
fn unpacked(files: &Artifacts, listing: &Listing) -> Result<Artifacts, String> {
    let mut after = files.clone();
    for member in &listing.members {
        if let Some(in_the_way) = ancestors(&member.path).find(|folder| files.contains_key(*folder)) {
            return Err(format!("the archive needs a folder where the file {in_the_way:?} is"));
        }
        if is_recorded(&member.path) {
            after.insert(member.path.clone(), recorded(&member.digests));
        }
    }
    let links = Map::from_iter(listing.symlinks.iter().map(|(path, target)| (path.as_str(), target.as_str())));
    for (path, target) in links.iter().filter(|(path, _)| is_recorded(path)) {
        if files.contains_key(*path) || ancestors(path).any(|folder| files.contains_key(folder)) {
            return Err(format!("the archive's symbolic link {path:?} meets a file that is there"));
        }
        let reached = follow(path, target, listing, &links);
        let digests = reached.ok_or_else(|| format!("it is not known where the symbolic link {path:?} leads"))?;
        after.insert((*path).to_owned(), recorded(&digests));
    }
    match files.keys().find(|file| ancestors(file).any(|folder| after.contains_key(folder))) {
        Some(file) => Err(format!("the archive has a file where the folder of {file:?} is")),
        None => Ok(after),
    }
}

/// The folders that a path lies in, the innermost first.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(path.rsplit_once('/'), |(parent, _)| parent.rsplit_once('/')).map(|(parent, _)| parent)
}

/// The archive's own file that a symbolic link leads to, without a second link on the way. in-toto records it under
/// the link's name.
fn follow(path: &str, target: &str, listing: &Listing, links: &Map<&str, &str>) -> Option<Digests> {
    let mut way: Vec<&str> = path.split('/').collect();
    way.pop();
    if target.starts_with('/') {
        return None;
    }
    for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match part {
            ".." => way.pop().map(|_| ())?,
            part => way.push(part),
        }
        if links.contains_key(way.join("/").as_str()) {
            return None;
        }
    }
    let way = way.join("/");
    let found = listing.members.binary_search_by(|member| member.path.as_str().cmp(&way)).ok()?;
    listing.members.get(found).map(|member| member.digests)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::archive::Member;

    fn listing(members: &[&str], symlinks: &[(&str, &str)]) -> Listing {
        let member = |path: &&str| Member { path: path.to_string(), digests: Digests::of(path.as_bytes()) };
        let symlinks = symlinks.iter().map(|(path, target)| (path.to_string(), target.to_string()));
        Listing {
            compression: Compression::None,
            members: members.iter().map(member).collect(),
            symlinks: symlinks.collect(),
        }
    }

    fn files(paths: &[&str]) -> Artifacts {
        paths.iter().map(|path| (path.to_string(), recorded(&Digests::of(b"before")))).collect()
    }

    #[test]
    fn a_symbolic_link_stands_for_the_archives_own_file() {
        for (path, target, reached) in [
            ("l", "a", Some("a")),
            ("l", ".//d/./b", Some("d/b")),
            ("d/l", "b", Some("d/b")),
            ("d/l", "../a", Some("a")),
            ("l", "/a", None),
            ("l", "../a", None),
            ("l", "d", None),
            ("l", "missing", None),
            ("l", "m", None),
            ("l", "n/b", None),
        ] {
            let listing = listing(&["a", "d/b"], &[(path, target), ("m", "a"), ("n", "d")]);
            let links = listing.symlinks.iter().map(|(path, target)| (path.as_str(), target.as_str())).collect();
            let expected = reached.map(|path| Digests::of(path.as_bytes()));
            assert_eq!(follow(path, target, &listing, &links), expected, "{path} to {target}");
        }
    }

    #[test]
    fn unpacking_over_files_of_another_kind_is_not_computed() {
        for (before, members, symlinks) in [
            (&["x"][..], &["x/y"][..], &[][..]),
            (&["x"], &["x/y/z"], &[]),
            (&["x/y/z"], &["x"], &[]),
            (&["x"], &["a"], &[("x", "a")]),
            (&["x"], &["a"], &[("x/l", "../a")]),
            (&["x/y"], &["a"], &[("x", "a")]),
            (&[], &["a"], &[("l", "missing")]),
        ] {
            let found = unpacked(&files(before), &listing(members, symlinks));
            assert!(found.is_err(), "{before:?} {members:?} {symlinks:?}: {found:?}");
        }
        let after =
            unpacked(&files(&["x", "d/y"]), &listing(&["d/b", "x", "z.pyc"], &[("l", "x")])).unwrap_or_default();
        assert_eq!(after.keys().collect::<Vec<_>>(), ["d/b", "d/y", "l", "x"]);
        let written = recorded(&Digests::of(b"x"));
        let is_written = |path: &str| after.get(path).map(|digests| *digests == written);
        assert_eq!(["x", "l", "d/y"].map(is_written), [Some(true), Some(true), Some(false)]);
    }

    #[test]
    fn what_in_toto_never_records() {
        for path in
            ["a.link", "a.linked/b", ".git", ".git/config", "d/.git/x", "a.pyc", "b~", "d~/x", "package.2f89b927.link"]
        {
            assert!(!is_recorded(path), "{path}");
        }
        for path in ["a", ".github/x", "git", "link", "a.py", "~a", "d/.gitignore"] {
            assert!(is_recorded(path), "{path}");
        }
    }
}
