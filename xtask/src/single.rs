//! The page as one HTML file, for people who keep their tools: it works from a disk, without a server. Modules of
//! JavaScript do not load from there, so everything stands in one classic script, whose digest the page's content
//! security policy names.

use crate::command::command;
use crate::modules::{CORE, EXPLORER, EXTRAS, Module, PAGE, SIGSTORE};
use crate::place;
use crate::release::{DRIVER, integrity, join};
use crate::step::ask;
use crate::trouble::{Doing, Result, Trouble};
use crate::web;
use base64ct::{Base64, Encoding};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A module, the name that it has in the script, and its file's.
struct Inside {
    module: Module,
    global: &'static str,
    file: &'static str,
}

const MODULES: [Inside; 5] = [
    Inside { module: PAGE, global: "rekor_web", file: "rekor-web.wasm" },
    Inside { module: CORE, global: "rekor_wasm", file: "rekor-wasm_bg.wasm" },
    Inside { module: SIGSTORE, global: "rekor_sigstore", file: "rekor-sigstore-wasm_bg.wasm" },
    Inside { module: EXPLORER, global: "rekor_explorer", file: "rekor-explorer-wasm_bg.wasm" },
    Inside { module: EXTRAS, global: "rekor_extras", file: "rekor-extras-wasm_bg.wasm" },
];

/// Where the file ends up.
pub fn file() -> PathBuf {
    place::target().join("rekor.html")
}

/// Builds the page, and makes one file of it with this trust policy; without one, nothing can be confirmed there.
pub fn build(policy: Option<&Path>) -> Result<()> {
    web::build()?;
    let mut files = BTreeMap::new();
    if let Some(policy) = policy {
        files.insert("policy.txt".to_owned(), fs::read(policy).doing("reading", policy)?);
    }
    for folder in ["messages", "samples", "samples/tampered"] {
        add_folder(&place::dist().join(folder), folder, &mut files)?;
    }
    let mut script = String::from("'use strict';\n");
    let modules = place::notes().join("single");
    for Inside { module, global, file } in MODULES {
        module.bind(global, &modules, &["--target", "no-modules", "--no-modules-global", global])?;
        let glue = modules.join(format!("{global}.js"));
        script += &fs::read_to_string(&glue).doing("reading", &glue)?;
        let bound = modules.join(format!("{global}_bg.wasm"));
        files.insert(file.to_owned(), fs::read(&bound).doing("reading", &bound)?);
    }
    script += &as_functions(&source("web/dropped.js")?);
    let driver = source(&format!("npm/package/{DRIVER}"))?;
    script += &as_verifier(&join("worker.js", &source("web/worker.js")?, DRIVER, &driver)?)?;
    script += &format!("const FILES = {};\n", as_object(&files));
    script += &source("web/single.js")?;
    let page = assemble(&script, &connect(policy)?)?;
    fs::write(file(), page).doing("writing", &file())?;
    println!("the page as a single file: {}", file().display());
    Ok(())
}

fn source(path: &str) -> Result<String> {
    let path = place::root().join(path);
    fs::read_to_string(&path).doing("reading", &path)
}

fn add_folder(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    for entry in fs::read_dir(folder).doing("reading", folder)? {
        let path = entry.doing("reading", folder)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_file() && !name.ends_with(".br") {
            files.insert(format!("{prefix}/{name}"), fs::read(&path).doing("reading", &path)?);
        }
    }
    Ok(())
}

fn as_functions(module: &str) -> String {
    module.replace("\nexport ", "\n")
}

/// The worker's script as a function over the port that it listens on.
fn as_verifier(worker: &str) -> Result<String> {
    let missing = |what: &str| Trouble::Unexpected(format!("expected {what} in web/worker.js"));
    let (head, rest) = worker.split_once("import init, {").ok_or_else(|| missing("import init, {"))?;
    let (names, rest) = rest.split_once("} from \"./rekor-wasm.js\";").ok_or_else(|| missing("rekor-wasm.js"))?;
    let mut body = format!("{head}const init = rekor_wasm;\nconst {{{names}}} = rekor_wasm;{rest}");
    for (module, single) in [
        ("fetch(new URL(`./${name}`, import.meta.url), { integrity: INTEGRITY[name] })", "embedded(name)"),
        (
            "import(\"./rekor-sigstore-wasm.js\")",
            "{ default: rekor_sigstore, trusted_root: rekor_sigstore.trusted_root, verify_bundle: rekor_sigstore.verify_bundle }",
        ),
        (
            "import(\"./rekor-extras-wasm.js\")",
            "{ default: rekor_extras, ContentsReader: rekor_extras.ContentsReader, answer: rekor_extras.answer }",
        ),
        ("import(\"./rekor-explorer-wasm.js\")", "{ default: rekor_explorer, ...rekor_explorer }"),
        ("postMessage({", "port.postMessage({"),
        ("addEventListener(\"message\"", "port.addEventListener(\"message\""),
    ] {
        if !body.contains(module) {
            return Err(missing(module));
        }
        body = body.replace(module, single);
    }
    Ok(format!("async function verifier(port) {{\n{body}}}\n"))
}

fn as_object(files: &BTreeMap<String, Vec<u8>>) -> String {
    let entries = files.iter().map(|(name, bytes)| format!("  \"{name}\": \"{}\",\n", Base64::encode_string(bytes)));
    format!("{{\n{}}}", entries.collect::<String>())
}

/// The sources that the page may connect to: those of the policy's logs, as the server makes its header of them.
fn connect(policy: Option<&Path>) -> Result<String> {
    let Some(policy) = policy else { return Ok("'none'".to_owned()) };
    let folder = place::notes().join("single-policy");
    fs::create_dir_all(&folder).doing("creating", &folder)?;
    let copy = folder.join("policy.txt");
    fs::copy(policy, &copy).doing("writing", &copy)?;
    let mut rekor = command(place::rekor());
    rekor.args(["serve", "--headers", "--web"]).arg(&folder);
    let headers = ask(&mut rekor).unwrap_or_default();
    let sources = headers.split("connect-src 'self'").nth(1).and_then(|rest| rest.split(';').next());
    match sources.map(str::trim) {
        Some("") => Ok("'none'".to_owned()),
        Some(sources) => Ok(sources.to_owned()),
        None => Err(Trouble::Unexpected("rekor serve --headers printed no connect-src".to_owned())),
    }
}

/// The page with style and script inside, and a policy that lets nothing else in.
fn assemble(script: &str, connect: &str) -> Result<String> {
    let page = place::dist().join("index.html");
    let page = fs::read_to_string(&page).doing("reading", &page)?;
    let style = place::dist().join("style.css");
    let style = fs::read_to_string(&style).doing("reading", &style)?;
    // Nothing in the script may end it early.
    let script = script.replace("</", "<\\/");
    let fence = format!(
        "default-src 'none'; script-src '{}' 'wasm-unsafe-eval'; style-src '{}'; connect-src {connect}; img-src data:; \
         base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        integrity(script.as_bytes()),
        integrity(style.as_bytes())
    );
    let icon = place::dist().join("icon.svg");
    let icon = Base64::encode_string(&fs::read(&icon).doing("reading", &icon)?);
    let mut single = String::new();
    for line in page.lines() {
        let loads = ["<link rel=\"modulepreload\"", "<script type=\"module\""];
        let begins = line.trim_start();
        // Nor does a single file lead to pages beside it.
        if loads.iter().any(|load| begins.starts_with(load)) || begins.contains("href=\"./embed/") {
            continue;
        }
        if begins.starts_with("<link rel=\"stylesheet\"") {
            single += &format!("    <style>{style}</style>\n");
        } else {
            single += &line.replace("./icon.svg", &format!("data:image/svg+xml;base64,{icon}"));
            single.push('\n');
        }
        if begins.starts_with("<meta charset") {
            single += &format!("    <meta http-equiv=\"content-security-policy\" content=\"{fence}\">\n");
        }
    }
    // At the end, when everything that it looks for is there.
    Ok(single.replacen("  </body>", &format!("    <script>{script}</script>\n  </body>"), 1))
}
