//! Words of a command line, quoted for bash and zsh. File names come from anybody, and end up in a terminal.

/// A word as the shell reads it back. Characters that a terminal acts upon, or that hide what stands there, are written
/// as the bytes that they are (`$'…'`), so that nothing happens while the line is pasted.
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    match crate::format::visible(text) == text {
        true if !text.is_empty() && text.chars().all(plain) => text.to_owned(),
        true => format!("'{}'", text.replace('\'', r"'\''")),
        false => format!("$'{}'", text.chars().map(escaped).collect::<String>()),
    }
}

fn escaped(character: char) -> String {
    match character {
        ' '..='~' if !"'\\".contains(character) => character.to_string(),
        // Always three digits: what follows may be one too.
        _ => character.to_string().bytes().map(|byte| format!("\\{byte:03o}")).collect(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test fails by panicking
    use super::word;
    use std::process::Command;

    #[test]
    fn plain_words_stay_plain() {
        assert_eq!(word("foo-1.0.tar.gz"), "foo-1.0.tar.gz");
        assert_eq!(word("my file"), "'my file'");
        assert_eq!(word(""), "''");
        assert_eq!(word("a\u{202E}7"), r"$'a\342\200\2567'");
    }

    #[test]
    fn bash_reads_back_every_hostile_name_and_runs_nothing() {
        let names = [
            "$(touch owned)",
            "`id`",
            "a'b\"c",
            "x; rm -rf ~",
            "a\nb",
            "\u{1b}[201~\nid\n",
            "!!",
            "~root",
            "a\\b",
            "*",
            "{a,b}",
            "é漢字",
            "\u{202E}gpj.exe",
            "a\u{7f}1",
            "'",
            "\\'",
            "#x",
            "a&b|c>d<e",
            "-rf",
            "\t7",
        ];
        let line = names.map(word).join(" ");
        assert!(!line.chars().any(char::is_control), "nothing for the terminal to act upon");
        let Ok(output) = Command::new("bash").args(["-c", &format!("printf '%s\\0' {line}")]).output() else { return };
        let read = String::from_utf8(output.stdout).unwrap();
        assert_eq!(read.split_terminator('\0').collect::<Vec<_>>(), names);
    }
}
