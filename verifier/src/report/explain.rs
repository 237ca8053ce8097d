//! The longer explanation of a check: what it is about, what its outcome means, what to do. Fixed texts: nothing from
//! the evidence enters them.

use super::check::{CheckId, Outcome};
use std::borrow::Cow;

/// What the check `id` is about, and what it means that it came out as `outcome`.
pub(super) fn explain(id: CheckId, outcome: Outcome) -> Cow<'static, str> {
    Cow::Owned(format!("{} {}", about(id), meaning(id, outcome)))
}

/// What is checked, and why.
const fn about(id: CheckId) -> &'static str {
    use CheckId::*;
    match id {
        LinkFormat => {
            "A link states what one step of making software took in and gave out. It is read strictly: a field too many or too few, or a name that stands twice, could mean one thing to this reader and another to the next."
        }
        LinkSignature => {
            "Anybody can write a link, and anybody can have it recorded. It says something only if somebody whom you named, apart from these files, signed exactly these bytes."
        }
        ArtifactProduct => {
            "A file is known by its digest, SHA-256 or stronger, never by its name. It belongs to a step if a link states that digest as one of the step's products."
        }
        Lookup => {
            "The log was asked, by digest and by the keys that you named, which entries it has. What it leaves out nobody can see in its answer: that it has none is its word."
        }
        EntryLeaf => {
            "An entry of the log is a short text that names the link file by its digest, with the keys and signatures of those who signed it. It was made again from your file and compared."
        }
        EntryBody => {
            "The log keeps the link file itself beside the entry. What it returned must have the recorded digest."
        }
        EntryDigestList => {
            "The log finds entries by a list of digests that belongs to each. The list was made again from the link and compared with the one that the entry commits to."
        }
        EntryInclusion => {
            "A Merkle proof leads from the entry to the root of the log's tree (RFC 6962). It holds only if the entry stands in the very tree whose root the checkpoint states."
        }
        EntryAnswer => {
            "A log also sends a proof of its own with each entry. It must be for the same tree, or one that the other continues: two trees would mean two histories."
        }
        LogCheckpoint => {
            "A checkpoint is the log's signed statement of its size and its root. It counts if a log that you named signed it; a key that comes with the answer never counts."
        }
        LogQuorum => {
            "Witnesses cosign a checkpoint when it continues all they saw before. Enough of those whom you named make it very hard to show you another history than everybody else."
        }
        LogConsistency => {
            "This reader remembers the newest checkpoint of each log. A proof must show that everything that was in it is still there, unchanged and in the same place."
        }
        ReceiptFormat => {
            "A receipt is a proof that can be kept with a file: the entry, its place in the tree, and a checkpoint (C2SP tlog-proof). It needs no connection, and speaks as of its checkpoint."
        }
        LayoutFormat => {
            "A layout is the project's own rule for how its software is made: which steps, by whom, with what going in and out. It is read as strictly as a link."
        }
        LayoutSignature => {
            "Everything else in the layout counts only because its owner signed it. The owner's key must come from you, not from these files."
        }
        LayoutExpiry => {
            "A layout ends at the time that stands in it, so that an old rule with keys that were given up cannot be used for ever. No log vouches for the time used here: it is the one that was given."
        }
        StepLinks => {
            "The layout names the keys that may carry out the step, and how many of them must agree. A key counts once, whatever its names; links by other keys do not count."
        }
        StepAgreement => {
            "Where several people carry out a step, their links must state the same materials and products."
        }
        StepCommand => {
            "The layout may say which command the step runs. What a link says of its command is its author's word, so that a difference is shown and decides nothing."
        }
        StepRules => {
            "The layout's rules say, file by file, what a step may take, make, change and delete, and which files must be those of an earlier step. They are applied in their order, each to the files that none before it took."
        }
        Sublayout => {
            "A step may be carried out under a layout of its own, signed by whoever carries it out, with all that belongs to it."
        }
        InspectionRun => {
            "An inspection is a command that the receiver runs on the product. Nothing is run here: unpacking a tar archive is computed from its bytes, and any other command is left out."
        }
        InspectionRules => {
            "The files before and after the inspection must follow the layout's rules, as those of a step do."
        }
        BundleFormat => {
            "A Sigstore bundle holds a signature and what is needed to check it: a certificate or the name of a key, entries of a transparency log, timestamps."
        }
        BundleCertificate => {
            "Sigstore's authority gives out certificates that are valid for some minutes, to whoever proves an identity. The certificate must lead to an authority of the trusted root, and must have been valid at the time of signing."
        }
        BundleSct => {
            "Every certificate is recorded in a public log, so that one given out wrongly can be found. The log's promise must stand in the certificate."
        }
        BundleTimestamp => {
            "The certificate is valid for minutes, so somebody must vouch for when the signature was made: a timestamp authority (RFC 3161) or the log, named by the trusted root."
        }
        BundleSignature => {
            "The signature must be by the key of the certificate, or by the managed key that you named, over exactly what was signed."
        }
        BundleSubject => {
            "The signature or the signed statement must name your file, by a digest of SHA-256 or stronger."
        }
        BundleLogEntry => {
            "The entry must be about this very signature and this very key: an entry of something else proves nothing."
        }
        BundleInclusion => {
            "A Merkle proof leads from the entry to the root of the log's tree, at the size that the signed checkpoint states."
        }
        BundleCheckpoint => {
            "The checkpoint is the log's signed statement of its size and root, under a key of the trusted root. A proof without a checkpoint proves nothing: anybody can make one up."
        }
        BundleEntryTimestamp => "The log signs when it took the entry. Its time counts only if that signature holds.",
        BundleIdentity => {
            "A sound bundle shows that somebody signed. Who it had to be is for you to say: anybody can have a certificate for an identity of their own."
        }
        RekorEntryFormat => "An answer of a Rekor log holds an entry, the time that the log states, and its proofs.",
        RekorEntryStatement => {
            "The entry commits to a digest, SHA-256 or stronger. It says something about your file only if it is the digest of that."
        }
        RekorEntrySignature => {
            "The entry holds a signature over that digest, and the key that made it. Anybody can sign anything and have it recorded, so the key counts only if you named it, apart from these files."
        }
        RekorEntryTimestamp => "The log signs when it took the entry. Its time counts only if that signature holds.",
    }
}

/// What the outcome means, and what to do about it.
const fn meaning(id: CheckId, outcome: Outcome) -> &'static str {
    use CheckId::*;
    match (outcome, id) {
        (Outcome::Passed, _) => "It holds.",
        (Outcome::Failed, LayoutExpiry) => "It has expired: ask the project for a newer layout.",
        (Outcome::Failed, LogConsistency | LogCheckpoint | EntryAnswer | EntryInclusion | EntryBody) => {
            "It does not hold: the log contradicts itself, or somebody stands between you and it. Do not rely on what it says; keep this report, it is evidence."
        }
        (Outcome::Failed, _) => {
            "It does not hold. Do not use the file before you know why: fetch it again from its source, and if this stays, tell those who publish it."
        }
        (Outcome::Untrusted, LinkSignature | LayoutSignature | BundleIdentity | RekorEntrySignature) => {
            "It is sound, but nobody said that this is the signer to expect. Get the signer's key or identity from a source that you trust, apart from these files, and name it."
        }
        (Outcome::Untrusted, LogCheckpoint | LogQuorum) => {
            "It is sound, but not by the logs and witnesses that you named. Name the log's key if you have it from a source that you trust."
        }
        (Outcome::Untrusted, _) => "It is sound, but by nobody whom you named.",
        (Outcome::NotChecked, InspectionRun) => "What it would have found is not known.",
        (Outcome::NotChecked, LogConsistency) => "From the next visit on there is something to compare with.",
        (Outcome::NotChecked, _) => {
            "It could not be checked, which says nothing for the file and nothing against it: something is missing, is in a format that is not read here, or nobody answered."
        }
    }
}
