//! Which files belong to which layout: those of a sublayout lie in a folder named after it.

use super::LayoutInput;
use crate::format::layout::Layout;
use crate::format::link::Link;
use crate::sorted::Set;

/// The layout that is being verified, as the way from the layout above all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    /// What subjects begin with: `step[build]/`, or nothing.
    prefix: String,
    /// The folders of the sublayouts on the way.
    folders: Vec<String>,
}

impl Scope {
    /// `name` as a subject of this layout.
    pub fn subject(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The layout that stands for the step `subject` and has its files in `folder`.
    pub fn below(&self, subject: &str, folder: &str) -> Self {
        let folders = self.folders.iter().map(String::as_str).chain([folder]).map(str::to_owned).collect();
        Self { prefix: format!("{subject}/"), folders }
    }

    /// How many layouts stand above.
    pub fn depth(&self) -> usize {
        self.folders.len()
    }
}

/// Every file, with the sublayouts' folders in its path. Other folders do not count: people keep links in many.
pub(super) struct Scopes<'a> {
    links: Vec<Vec<&'a str>>,
    sublayouts: Vec<Vec<&'a str>>,
}

impl<'a> Scopes<'a> {
    pub fn of(input: &LayoutInput<'a>) -> Self {
        let folders = Set::from_iter(input.sublayouts.iter().filter_map(|(name, _)| stem(name)));
        let way = |name: &'a str| {
            let mut parts: Vec<&str> = name.split('/').collect();
            parts.pop();
            parts.retain(|part| folders.contains(part));
            parts
        };
        Self {
            links: input.links.iter().map(|(name, _)| way(name)).collect(),
            sublayouts: input.sublayouts.iter().map(|(name, _)| way(name)).collect(),
        }
    }

    /// The links of a layout, with their positions.
    pub fn links(&self, input: &LayoutInput<'a>, scope: &Scope) -> impl Iterator<Item = (usize, &'a str, &'a Link)> {
        let all = input.links.iter().zip(&self.links).enumerate();
        all.filter(|(_, (_, way))| **way == scope.folders).map(|(i, ((name, link), _))| (i, *name, *link))
    }

    /// The layouts that may stand for the step `step` of a layout: position, file, folder of its links, layout.
    pub fn sublayouts(
        &self,
        input: &LayoutInput<'a>,
        scope: &Scope,
        step: &str,
    ) -> impl Iterator<Item = (usize, &'a str, &'a str, &'a Layout)> {
        let all = input.sublayouts.iter().zip(&self.sublayouts).enumerate();
        let here = all.filter(|(_, (_, way))| **way == scope.folders);
        let named = here.filter_map(|(i, ((name, layout), _))| Some((i, *name, stem(name)?, *layout)));
        named.filter(move |(_, name, _, _)| step_of(name) == Some(step))
    }
}

/// The step that a layout stands for by its file's name, `<step>.<8 hexadecimal digits>.link`.
pub(crate) fn step_of(file: &str) -> Option<&str> {
    stem(file)?.rsplit_once('.').map(|(step, _)| step)
}

/// `<step>.<8 hexadecimal digits>` of a file with that name and `.link` behind it.
fn stem(file: &str) -> Option<&str> {
    let stem = file.rsplit('/').next()?.strip_suffix(".link")?;
    let (_, keyid) = stem.rsplit_once('.')?;
    (keyid.len() == 8 && keyid.bytes().all(|b| b.is_ascii_hexdigit())).then_some(stem)
}
