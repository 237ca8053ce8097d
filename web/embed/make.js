// The page that makes badges: what was chosen is checked as a visitor's browser would check it, drawn in every state, and
// written down as lines for a page. Files are read here and go nowhere but into these lines.

import { dress, element, face } from "./badge.js";
import { inFragment } from "./badge-check.js";
import { digest } from "./index.js";

const VERIFIER = new URL("../", import.meta.url).href;
const SCRIPTS = new URL("./", import.meta.url).href;
const SAMPLES = { link: "package.link", artifact: "hello-1.0.tar.gz", receipt: "package.link.tlog-proof", signer: "maintainer.pub" };
const FILES = Object.keys(SAMPLES);

// An address that mail programs and browsers carry without loss.
const LONGEST_ADDRESS = 128 * 1024;

// Of what the badge says in each state, for a file recorded as #1234.
const STATES = [
  ["waiting", "Not checked yet", null],
  ["checking", "Checking …", null],
  ["confirmed", "Signed by maintainer", "Recorded no later than 3 March 2026, #1234"],
  ["key", "Signed by the key that this page names", "3fb7a1c05d2e9648…. Recorded as #1234; the log says 3 March 2026"],
  ["recorded", "Recorded, signer not confirmed", "Recorded as #1234; the log says 3 March 2026"],
  ["unknown", "Could not tell", "The log does not answer"],
  ["failed", "Not as recorded", "This file is not the one that was recorded"],
];

const at = (id) => document.getElementById(id);
const text = new Map(); // of the language that is spoken

// Lines `key = text`, as the application has them.
async function speak(language) {
  const answer = await fetch(new URL(`./${language}.txt`, import.meta.url));
  if (!answer.ok) return;
  for (const line of (await answer.text()).split("\n")) {
    const [, key, words] = line.match(/^([a-z][a-z.-]*) = (.*)$/) ?? [];
    if (key) text.set(key, words);
  }
  document.documentElement.lang = language;
  at("language").value = language;
  translate();
}

function translate() {
  document.title = text.get("title") ?? document.title;
  for (const marked of document.querySelectorAll("[data-text]")) {
    marked.textContent = text.get(marked.dataset.text) ?? marked.textContent;
  }
  at("said").textContent = "";
}

// What the application remembers; a browser that keeps nothing speaks its own language.
const LANGUAGE = "rekor:language";
function preferred() {
  const tags = [...navigator.languages];
  try {
    tags.unshift(localStorage.getItem(LANGUAGE) ?? "");
  } catch {} // nothing can be remembered here
  return tags.find((tag) => /^(en|de)\b/.test(tag))?.slice(0, 2) ?? "en";
}

function remember(language) {
  try {
    localStorage.setItem(LANGUAGE, language);
  } catch {} // then only until the page is left
}

const chosen = () => Object.fromEntries(FILES.map((id) => [id, at(id).files[0]]));
const place = (id) => at(id).value.trim();

// A folder's address, and a file in it.
const within = (folder, name) => `${folder && !folder.endsWith("/") ? `${folder}/` : folder}${encodeURIComponent(name)}`;
const originOf = (address) => {
  try {
    const { origin } = new URL(address);
    return origin === "null" ? "'self'" : origin;
  } catch {
    return "'self'"; // relative to the page
  }
};

function theme(name, ...inside) {
  const box = element("div", { className: "theme" }, element("h3", {}), ...inside);
  box.dataset.theme = name;
  box.firstChild.dataset.text = `states.${name}`;
  return box;
}

function sample(...inside) {
  const host = element("div", { className: "sample" });
  const root = host.attachShadow({ mode: "open" });
  dress(root);
  root.append(...inside);
  return host;
}

function drawStates(name) {
  const about = name ?? "pkg.tar.gz";
  const samples = () => {
    const faces = STATES.map(([state, title, detail]) => {
      const { face: link, say } = face("span");
      say(state, title, detail ?? about);
      return sample(link);
    });
    const fallback = element("span", { className: "fallback" }, element("a", { href: VERIFIER, textContent: `Check ${about}` }));
    return [...faces, sample(fallback)];
  };
  at("states").replaceChildren(theme("light", ...samples()), theme("dark", ...samples()));
}

const live = ["light", "dark"].map((name) => {
  const badge = element("rekor-badge", {}, element("a", { href: VERIFIER, textContent: "Check it" }));
  return { badge, box: theme(name, badge) };
});

function drawLive(files) {
  for (const id of ["live", "snippets"]) at(id).closest("section").hidden = !files.link;
  if (!files.link) return at("live").replaceChildren();
  const given = Object.fromEntries(Object.entries(files).filter(([, file]) => file));
  const log = place("log");
  for (const { badge } of live) badge.check({ files: { ...given, ...(log && { log }) } });
  if (!at("live").firstChild) at("live").append(...live.map(({ box }) => box));
}

const escaped = (words) => words.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const attributes = (pairs) => pairs.filter(([, value]) => value).map(([name, value]) => ` ${name}="${escaped(value)}"`).join("");
const policy = (directives) =>
  Object.entries(directives).map(([name, sources]) => `${name} ${[...new Set(sources)].join(" ")}`).join("; ");

// The evidence in an address, as frame and verifier take it; null where it is too large.
async function fragmentOf({ link, receipt, artifact }, sha256) {
  const files = [];
  for (const file of [link, receipt].filter(Boolean)) files.push(await inFragment({ name: file.name, data: file }));
  const about = artifact ? [`artifact=${encodeURIComponent(`${sha256},${artifact.name}`)}`] : [];
  const fragment = ["v=1", ...about, ...files].join("&").replace(/[()!'*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return fragment.length > LONGEST_ADDRESS ? null : fragment;
}

function asElement(files) {
  const folder = place("folder");
  const scripts = place("script") || SCRIPTS;
  const named = FILES.map((id) => [id, files[id] && within(folder, files[id].name)]);
  const log = place("log");
  const code = `<script type="module"${attributes([["src", within(scripts, "badge.js")]])}></script>
<rekor-badge${attributes([...named, ["log", log]])}>
  <a href="${escaped(VERIFIER)}">Check ${escaped((files.artifact ?? files.link).name)}</a>
</rekor-badge>`;
  const from = originOf(scripts);
  const needs = { "script-src": [from, "'wasm-unsafe-eval'"], "connect-src": [originOf(folder), from, ...(log ? [originOf(log)] : [])] };
  return { code, policy: policy(needs) };
}

function asFrame(files, fragment) {
  if (!fragment) return { missing: "snippet.too-long" };
  const log = place("log");
  const src = `${SCRIPTS}frame.html#${fragment}${log ? `&log=${encodeURIComponent(log)}` : ""}`;
  const about = (files.artifact ?? files.link).name;
  const code = `<iframe${attributes([["src", src], ["title", `Record of ${about}`], ["width", "352"], ["height", "60"], ["loading", "lazy"], ["frameborder", "0"], ["sandbox", "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"]])}></iframe>`;
  return { code, policy: policy({ "frame-src": [originOf(SCRIPTS)] }) };
}

function asPicture(files, fragment, sha256) {
  const log = place("log").replace(/\/$/, "");
  if (!log) return { missing: "snippet.no-log" };
  const about = (files.artifact ?? files.link).name.replace(/[[\]]/g, "");
  const code = `[![${about}: in a transparency log](${log}/badge/sha256:${sha256}.svg)](${VERIFIER}${fragment ? `#verify?${fragment}` : ""})`;
  return { code, policy: policy({ "img-src": [originOf(log)] }) };
}

function snippet(key, { code, policy: needs, missing }) {
  const words = (name) => {
    const words = element("p", { className: "soft" });
    words.dataset.text = name;
    return words;
  };
  const heading = element("h3", {});
  heading.dataset.text = `snippet.${key}`;
  const box = element("section", { id: `as-${key}` }, heading, words(`snippet.${key}.text`));
  if (missing) {
    box.append(words(missing));
    return box;
  }
  box.append(listing(code, heading), words("snippet.policy"), listing(needs, heading));
  return box;
}

let listings = 0;
function listing(code, heading) {
  const shown = element("pre", { tabIndex: 0 }, element("code", { textContent: code }));
  const copy = element("button", { type: "button", className: "button" });
  copy.dataset.text = "copy";
  copy.id = `copy-${(listings += 1)}`;
  heading.id ||= `heading-${listings}`;
  copy.setAttribute("aria-describedby", heading.id);
  shown.setAttribute("role", "group");
  shown.setAttribute("aria-labelledby", heading.id);
  copy.addEventListener("click", async () => {
    getSelection().selectAllChildren(shown);
    try {
      await navigator.clipboard.writeText(code);
      at("said").textContent = text.get("copied");
    } catch {} // it is selected, for a key to copy it
  });
  return element("div", {}, shown, copy);
}

let drawn = 0; // the newest drawing; one that was overtaken shows nothing
async function draw() {
  const mine = (drawn += 1);
  const files = chosen();
  drawStates((files.artifact ?? files.link)?.name);
  drawLive(files);
  const lines = [];
  if (files.link) {
    const { sha256 } = await digest(files.artifact ?? files.link);
    const fragment = await fragmentOf(files, sha256);
    lines.push(snippet("script", asElement(files)), snippet("frame", asFrame(files, fragment)), snippet("picture", asPicture(files, fragment, sha256)));
  }
  if (mine !== drawn) return;
  at("snippets").replaceChildren(...lines);
  translate();
}

async function takeSamples() {
  for (const [id, name] of Object.entries(SAMPLES)) {
    const answer = await fetch(new URL(`../samples/${name}`, import.meta.url));
    const given = new DataTransfer();
    given.items.add(new File([await answer.blob()], name));
    at(id).files = given.files;
  }
  await draw();
}

at("script").value = SCRIPTS;
for (const input of document.querySelectorAll(".fields input")) input.addEventListener("change", draw);
at("samples").addEventListener("click", takeSamples);
at("language").addEventListener("change", ({ target }) => {
  remember(target.value);
  speak(target.value);
});
await speak(preferred());
await draw();
document.documentElement.dataset.settled = "";
