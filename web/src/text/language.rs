//! Which language the page speaks: the one chosen here before, else the first of the browser's that there is.

use super::{Texts, parse, speak};
use crate::memory;
use crate::transport::own_file;

/// The greatest size of a message file, in bytes.
const LIMIT: usize = 256 * 1024;

/// A language that there are messages in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Part of the page.
    English,
    /// Loaded where it is wanted.
    German,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// Its own name for itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// The language of a tag such as `de-AT`.
    pub(super) fn of(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        Self::ALL.into_iter().find(|language| language.tag() == primary)
    }

    /// The locale for dates and numbers: the reader's own where it is of this language.
    pub fn locale(self) -> String {
        let preferred = preferred().into_iter().find(|tag| Self::of(tag) == Some(self));
        preferred.unwrap_or_else(|| self.tag().to_owned())
    }
}

/// The languages that the browser asks for, the first one first.
fn preferred() -> Vec<String> {
    let Some(window) = web_sys::window() else { return Vec::new() };
    window.navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

/// Speaks the reader's language from here on.
pub async fn start() {
    let chosen = memory::language().and_then(|tag| Language::of(&tag));
    let language = chosen.or_else(|| preferred().iter().find_map(|tag| Language::of(tag)));
    // Without its messages there is still English.
    let _ = turn_to(language.unwrap_or(Language::English)).await;
}

/// Speaks the language that the reader chose, and remembers it.
pub async fn choose(language: Language) -> Result<(), String> {
    turn_to(language).await?;
    memory::set_language(language.tag());
    Ok(())
}

async fn turn_to(language: Language) -> Result<(), String> {
    let texts = match language {
        Language::English => Texts::new(),
        other => load(other).await?,
    };
    speak(language, texts);
    if let Some(root) = web_sys::window().and_then(|window| window.document()?.document_element()) {
        // Where it cannot be said, the words are the same.
        let _ = root.set_attribute("lang", language.tag());
    }
    Ok(())
}

async fn load(language: Language) -> Result<Texts, String> {
    let bytes = own_file(&format!("./messages/{}.txt", language.tag()), LIMIT).await?;
    let text = String::from_utf8(bytes).map_err(|_| "the messages are not UTF-8 text".to_owned())?;
    // Kept as long as the page: every text of it may be on the screen.
    Ok(parse(Box::leak(text.into_boxed_str())))
}
