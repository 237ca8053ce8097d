//! The cosignatures that a log holds: those of the tree that is being cosigned, and the newest checkpoint that carries
//! enough of them.

use rekor_verifier::format::note::{Note, NoteSignature, Vkey};
use rekor_verifier::policy::Quorum;
use rekor_verifier::sorted::Set;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The largest file of a cosigned checkpoint, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// The name of the file with the newest checkpoint that carries the quorum.
const FILE: &str = "cosigned";

/// A tree that witnesses are asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Number of entries.
    pub size: u64,
    /// The C2SP checkpoint with the log's signature alone.
    pub checkpoint: String,
}

/// One tree at a time is cosigned, so that the witnesses' lines come together under one checkpoint, however fast the log
/// grows meanwhile.
pub(crate) struct Round {
    file: PathBuf,
    quorum: Quorum<Vkey>,
    target: Option<Target>,
    /// For each witness its line under the target.
    lines: Vec<Option<NoteSignature>>,
    /// For each witness whether its last answer was none.
    down: Vec<bool>,
    /// The newest checkpoint with the quorum.
    cosigned: Option<String>,
}

impl Round {
    /// The round that goes on from what `folder` holds; whatever in there does not verify is asked for again.
    pub(crate) fn open(folder: &Path, quorum: Quorum<Vkey>, verified: impl Fn(&str) -> Option<Target>) -> Self {
        let count = quorum.members.len();
        let (lines, down) = (vec![None; count], vec![false; count]);
        let mut round = Self { file: folder.join(FILE), quorum, target: None, lines, down, cosigned: None };
        if let Some(note) = read(folder)
            && let Some(target) = verified(&note)
        {
            round.lines = round.lines_in(&note);
            round.target = Some(target);
            round.cosigned = round.has_quorum().then_some(note);
        }
        round
    }

    fn lines_in(&self, note: &str) -> Vec<Option<NoteSignature>> {
        let lines = Note::parse(note.as_bytes()).map(|note| note.signatures).unwrap_or_default();
        let of =
            |vkey: &Vkey| lines.iter().find(|line| line.name == vkey.name && line.key_id == vkey.key_id()).cloned();
        self.quorum.members.iter().map(|(_, vkey)| of(vkey)).collect()
    }

    /// The tree that is being cosigned.
    pub(crate) fn target(&self) -> Option<&Target> {
        self.target.as_ref()
    }

    /// Whether this witness still owes its line.
    pub(crate) fn lacks(&self, witness: usize) -> bool {
        self.lines.get(witness).is_some_and(Option::is_none)
    }

    /// Whether there is no more to wait for under this target: the quorum is there, or everybody was asked.
    pub(crate) fn is_done(&self) -> bool {
        let everybody = self.lines.iter().zip(&self.down).all(|(line, down)| line.is_some() || *down);
        self.target.is_none() || everybody || (!self.quorum.is_none() && self.has_quorum())
    }

    /// Goes on to another tree.
    pub(crate) fn start(&mut self, target: Target) {
        self.target = Some(target);
        self.lines.fill(None);
    }

    /// Takes a witness's verified line for `size` entries; one for another tree than the present one comes too late.
    ///
    /// The file is not made durable: what a crash takes away is asked for again.
    pub(crate) fn take(&mut self, witness: usize, size: u64, line: NoteSignature) -> io::Result<()> {
        if let Some(down) = self.down.get_mut(witness) {
            *down = false;
        }
        let Some(target) = self.target.as_ref().filter(|target| target.size == size) else { return Ok(()) };
        if let Some(place) = self.lines.get_mut(witness) {
            *place = Some(line);
        }
        if !self.has_quorum() {
            return Ok(());
        }
        let lines: String = self.lines.iter().flatten().map(line_of).collect();
        let note = format!("{}{lines}", target.checkpoint);
        self.cosigned = Some(note.clone());
        let unfinished = self.file.with_extension("new");
        fs::write(&unfinished, note)?;
        fs::rename(&unfinished, &self.file)
    }

    /// Notes that a witness did not cosign.
    pub(crate) fn missed(&mut self, witness: usize) {
        if let Some(down) = self.down.get_mut(witness) {
            *down = true;
        }
    }

    /// The lines under the tree of `size` entries, as they stand in a note.
    pub(crate) fn lines_of(&self, size: u64) -> Vec<String> {
        match &self.target {
            Some(target) if target.size == size => self.lines.iter().flatten().map(line_of).collect(),
            _ => Vec::new(),
        }
    }

    /// The newest checkpoint with the quorum, cosignatures included.
    pub(crate) fn cosigned(&self) -> Option<&str> {
        self.cosigned.as_deref()
    }

    fn has_quorum(&self) -> bool {
        let mut present = Set::new();
        for (i, _) in self.lines.iter().enumerate().filter(|(_, line)| line.is_some()) {
            present.insert(i);
        }
        !present.is_empty() && self.quorum.satisfied_by(&present)
    }
}

/// The cosigned checkpoint in a log's folder; whoever uses it verifies it.
pub(crate) fn read(folder: &Path) -> Option<String> {
    let file = folder.join(FILE);
    let small = fs::metadata(&file).is_ok_and(|metadata| metadata.len() <= MAX_FILE);
    small.then(|| fs::read_to_string(&file).ok()).flatten()
}

/// A signature as a line of a note, with its end.
pub(crate) fn line_of(signature: &NoteSignature) -> String {
    let note = Note { text: String::new(), signatures: vec![signature.clone()] };
    note.encode().trim_start_matches('\n').to_owned()
}
