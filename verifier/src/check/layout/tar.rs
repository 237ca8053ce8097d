//! Commands that unpack a tar archive into the working directory, and do nothing else.

/// The archive that `tar` is told to unpack, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unpack {
    /// Path of the archive below the working directory.
    pub archive: String,
    /// Whether gzip was asked for by name: then an archive without it is an error.
    pub gzip: bool,
}

impl Unpack {
    /// Reads a command: `tar xf FILE`, `tar -xzvf FILE`, `tar --extract --file=FILE` and the like. `None` where it is
    /// another program, or tells tar to do anything more.
    pub fn parse(command: &[String]) -> Option<Self> {
        let (program, words) = command.split_first()?;
        if !["tar", "/bin/tar", "/usr/bin/tar"].contains(&program.as_str()) {
            return None;
        }
        let mut options = Options::default();
        let mut words = words.iter().map(String::as_str);
        let mut first = true;
        while let Some(word) = words.next() {
            match word.strip_prefix("--") {
                Some(long) => options.long(long, &mut words)?,
                None => options.short(word, first, &mut words)?,
            }
            first = false;
        }
        let archive = options.archive.filter(|_| options.extract)?;
        Some(Self { archive: relative(archive)?, gzip: options.gzip })
    }
}

#[derive(Default)]
struct Options<'a> {
    extract: bool,
    gzip: bool,
    archive: Option<&'a str>,
}

impl<'a> Options<'a> {
    /// `-xf FILE`, `-fFILE`; in first place also `xf FILE`.
    fn short(&mut self, word: &'a str, first: bool, words: &mut dyn Iterator<Item = &'a str>) -> Option<()> {
        let letters = match word.strip_prefix('-') {
            Some(letters) => letters,
            None if first => word,
            None => return None,
        };
        if letters.is_empty() {
            return None;
        }
        for (at, letter) in letters.char_indices() {
            if letter != 'f' {
                self.flag(letter)?;
                continue;
            }
            // With a hyphen the rest of the word is the file; without, the letters go on.
            match (word.starts_with('-'), &letters[at + 1..]) {
                (true, file) if !file.is_empty() => return self.file(file),
                _ => self.file(words.next()?)?,
            }
        }
        Some(())
    }

    fn flag(&mut self, letter: char) -> Option<()> {
        match letter {
            'x' => self.extract = true,
            'z' => self.gzip = true,
            'v' => {}
            _ => return None,
        }
        Some(())
    }

    fn long(&mut self, option: &'a str, words: &mut dyn Iterator<Item = &'a str>) -> Option<()> {
        match option {
            "extract" | "get" => self.extract = true,
            "gzip" | "gunzip" | "ungzip" => self.gzip = true,
            "verbose" => {}
            "file" => return self.file(words.next()?),
            _ => return self.file(option.strip_prefix("file=")?),
        }
        Some(())
    }

    fn file(&mut self, file: &'a str) -> Option<()> {
        match self.archive.replace(file) {
            None => Some(()),
            Some(_) => None,
        }
    }
}

/// A path below the working directory without `.` parts. `-` is standard input, and tar takes what stands before a
/// colon for a host.
fn relative(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let outside = path.starts_with('/') || parts.contains(&"..") || path.contains(':') || path == "-";
    (!outside && !parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::Unpack;

    fn parse(text: &str) -> Option<Unpack> {
        Unpack::parse(&text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn every_spelling_of_unpacking() {
        for (text, gzip) in [
            ("tar xf a.tar", false),
            ("tar xzf a.tar", true),
            ("tar xfz a.tar", true),
            ("tar zxvf a.tar", true),
            ("tar -xf a.tar", false),
            ("tar -xzvf ./a.tar", true),
            ("tar -x -z -f a.tar", true),
            ("tar -xfa.tar", false),
            ("tar -v -fa.tar -x", false),
            ("tar --extract --file a.tar", false),
            ("tar --get --verbose --gunzip --file=a.tar", true),
            ("/usr/bin/tar xf a.tar", false),
        ] {
            assert_eq!(parse(text), Some(Unpack { archive: "a.tar".into(), gzip }), "{text}");
        }
    }

    #[test]
    fn anything_more_is_another_command() {
        for text in [
            "tar",
            "tar x",
            "tar f a.tar",
            "tar cf a.tar",
            "tar tf a.tar",
            "tar xf",
            "tar xf a.tar member",
            "tar xf a.tar -C folder",
            "tar -xf a.tar -fb.tar",
            "tar xf a.tar v",
            "tar -x zf a.tar",
            "tar xjf a.tar",
            "tar xf -",
            "tar xf host:a.tar",
            "tar xf ../a.tar",
            "tar xf /a.tar",
            "tar xf .",
            "tar --extract --file=a.tar --strip-components=1",
            "tar -x --file=a.tar -",
            "python ./scripts/tar xfz a.tar",
            "sh -c tar\u{a0}xf",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
