//! `rekor verify`: the report.

use crate::look_up::{Given, look_up};
use crate::options::Options;
use crate::sigstore::SigstoreOptions;
use crate::{Failure, Outcome, render};
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  Where does this file come from?
    rekor verify foo.tar.gz --public-key carl.pub
  All that came with a release, in any order, or the folder that holds it:
    rekor verify foo.tar.gz package.link clone.link root.layout --public-key owner.pub
    rekor verify release/ --public-key owner.pub
  Without asking any log, with the receipt that came along:
    rekor verify foo.tar.gz package.link package.link.tlog-proof --public-key carl.pub --offline
  What npm, PyPI, GitHub or cosign publish:
    rekor verify pkg.tgz attestations.json --issuer https://token.actions.githubusercontent.com \\
      --identity https://github.com/org/repo/.github/workflows/release.yml@refs/tags/v1.0.0
  What a public Rekor log answered about a file (GET /api/v1/log/entries?logIndex=…):
    rekor verify foo.tar.gz entry.json --public-key carl.pub
  Any of several signers, and the logs and witnesses of a policy:
    rekor verify foo.tar.gz --signers signers.txt --policy policy.txt

`rekor key carl.pub` prints a key's line for a signers file.

Exit codes: 0 verified, 1 not verified, 2 could not tell (or trouble).";

/// Check whatever came with a release, and report.
///
/// Files are recognised by their content: links (metablock, DSSE, statements, SLSA provenance), layouts, Sigstore
/// bundles, receipts, entries of Rekor logs, public keys; everything else is an artifact whose origin is in question.
/// With links: is the artifact a product of these, who signed them, are they recorded? With artifacts alone: which
/// recorded links name them? With a layout: does the whole chain of steps hold?
///
/// Keys among the files are shown and never counted: name the signer that you expect. Nothing leaves this machine but
/// digests and public keys.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Verify {
    /// Files, and folders of them
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// A link, whatever it looks like; may be given several times
    #[arg(long = "linkfile", value_name = "F")]
    links: Vec<PathBuf>,

    /// A file whose origin is in question, whatever it looks like; may be given several times
    #[arg(long = "artifact", value_name = "A")]
    artifacts: Vec<PathBuf>,

    /// Ask no log: what the files prove by themselves
    #[arg(long)]
    offline: bool,

    #[command(flatten)]
    options: Options,

    #[command(flatten)]
    sigstore: SigstoreOptions,

    /// What a parameter of the layout stands for
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,

    /// Explain each check at length
    #[arg(long)]
    explain: bool,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub fn run(command: &Verify) -> Outcome {
    let given = Given {
        paths: &command.paths,
        links: &command.links,
        artifacts: &command.artifacts,
        offline: command.offline,
        every_log: true,
        sigstore: command.sigstore.policy()?,
        parameters: command.parameters.clone(),
    };
    if given.is_empty() {
        return Err(Failure::trouble("nothing to verify: give files or folders (see rekor verify --help)"));
    }
    let done = look_up(&command.options, given)?;
    match (command.json, command.explain) {
        (true, _) => println!("{}", render::json(&done.report)),
        (false, explain) => print!("{}", render::human(&done.report, explain)),
    }
    Ok(done.report.verdict.exit_code())
}
