// <rekor-badge>: who signed a file and whether a log recorded it, checked in the visitor's browser, live.
//
//   <rekor-badge link="package.link" artifact="pkg.tar.gz" log="https://log.example" signer="maintainer.pub">
//     <a href="https://verifier.example/">Check pkg.tar.gz</a>
//   </rekor-badge>
//
// Attributes bring evidence and claims, never trust: a name, and the colour for confirmed, come from the `policy.txt` and
// the `signers.txt` that are deployed beside this script. The link inside is what is shown without scripts, and its address
// is the verifier page that the badge leads to. What checks is loaded once a badge comes into view; nothing is remembered.

const STYLE = `
:host { display: inline-block; box-sizing: border-box; inline-size: 22rem; max-inline-size: 100%; block-size: 3.75rem;
  vertical-align: middle; color-scheme: light dark }
:host([hidden]) { display: none }
* { box-sizing: border-box; font: inherit; letter-spacing: normal; text-transform: none }
.face, .fallback { display: flex; inline-size: 100%; block-size: 100%; align-items: center; gap: 0.625rem; margin: 0;
  padding: 0 0.75rem; overflow: hidden; cursor: pointer; text-decoration: none;
  color: var(--rekor-badge-color, light-dark(#1b1f24, #e8eaed));
  background: var(--rekor-badge-background, light-dark(#ffffff, #1b1f24));
  border: 1px solid var(--accent); border-radius: var(--rekor-badge-radius, 0.5rem) }
.fallback { --accent: light-dark(#6a737d, #9aa4ae); cursor: auto }
.face { --accent: var(--rekor-badge-neutral, light-dark(#57606a, #9aa4ae)) }
[data-state=confirmed] { --accent: var(--rekor-badge-confirmed, light-dark(#116b32, #5bc27a)) }
[data-state=failed] { --accent: var(--rekor-badge-failed, light-dark(#b3261e, #ff8a80)) }
.face, .fallback, dialog { font: 400 0.8125rem/1.2 system-ui, sans-serif; text-align: start }
.face:focus-visible, dialog :focus-visible { outline: 2px solid Highlight; outline-offset: 2px }
.mark { flex: none; inline-size: 1.375rem; border-radius: 50%; font-weight: 700; line-height: 1.375rem; text-align: center;
  color: var(--rekor-badge-background, light-dark(#ffffff, #1b1f24)); background: var(--accent) }
.words { min-inline-size: 0 }
.words span { display: block; overflow: hidden; white-space: nowrap; text-overflow: ellipsis }
.words .detail { display: -webkit-box; white-space: normal; -webkit-box-orient: vertical; -webkit-line-clamp: 2 }
.title { font-weight: 600 }
dialog { inline-size: min(36rem, 92vw); max-block-size: 86vh; overflow: auto; padding: 1rem; border: 1px solid; line-height: 1.45;
  border-radius: 0.5rem; color: light-dark(#1b1f24, #e8eaed); background: light-dark(#ffffff, #1b1f24) }
dialog h2 { margin: 0 0 0.5rem; font-weight: 600; font-size: 1rem }
dialog p, dialog ul { margin: 0 0 0.75rem; padding: 0; list-style: none; overflow-wrap: anywhere }
dialog li { margin: 0 0 0.25rem; padding: 0.125rem 0 0.125rem 0.625rem; border-inline-start: 3px solid light-dark(#c8ccd1, #4a5058) }
dialog b { font-weight: 600 }
[data-outcome=passed] { border-color: light-dark(#116b32, #5bc27a) }
[data-outcome=failed] { border-color: light-dark(#b3261e, #ff8a80) }
dialog button { block-size: 2.25rem; margin-inline-end: 0.5rem; padding: 0 0.75rem; border: 1px solid; border-radius: 0.5rem;
  color: inherit; background: none; cursor: pointer }
a { color: light-dark(#0b57d0, #a8c7fa) }
code { font-family: ui-monospace, monospace }
`;

const MARKS = { waiting: "–", checking: "…", confirmed: "✓", key: "i", recorded: "i", unknown: "?", failed: "✕" };

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// One for all badges. A policy that forbids inline styles does not forbid it.
let sheet = null;
export function dress(root) {
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
}

/** What a badge looks like: {face, say(state, title, detail)}, where the face is a button, or a link. */
export function face(name = "button") {
  const [title, detail] = ["title", "detail"].map((part) => element("span", { className: part, part }));
  const mark = element("span", { className: "mark", ariaHidden: "true" });
  const words = element("span", { className: "words" }, title, detail);
  words.setAttribute("role", "status");
  const face = element(name, { className: "face", part: "badge" }, mark, words);
  const say = (state, ...texts) => {
    face.dataset.state = state;
    mark.textContent = MARKS[state];
    [title.textContent, detail.textContent] = texts;
    face.title = texts.join(". ");
  };
  return { face, say };
}

// Loaded once, when the first badge comes into view.
let checker = null;
const check = () => (checker ??= import("./badge-check.js").catch((error) => {
  checker = null; // the next one tries again
  throw error;
}));

// Whether the page's policy lets WebAssembly run: asked with the smallest module there is.
function compiles() {
  try {
    return Boolean(new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)));
  } catch {
    return false;
  }
}

// A server that renders pages may import this, and defines nothing.
class RekorBadge extends (globalThis.HTMLElement ?? Object) {
  static observedAttributes = ["link", "artifact", "receipt", "log", "signer"];
  #root = this.attachShadow({ mode: "open" });
  #seen = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.#inView());
  #running = null; // ends the check under way
  #shown = false;
  #given = {};
  #badge = face();
  #dialog = null;
  #found = null;

  constructor() {
    super();
    dress(this.#root);
    const { face } = this.#badge;
    Object.assign(face, { type: "button", ariaHasPopup: "dialog" });
    face.addEventListener("click", () => this.#open());
  }

  connectedCallback() {
    this.#say("waiting", "Not checked yet", this.#name());
    this.#seen.observe(this);
    // A page out of the browser's cache shows what was true when it was left.
    addEventListener("pageshow", this.#again);
  }

  disconnectedCallback() {
    this.#seen.disconnect();
    removeEventListener("pageshow", this.#again);
    this.#running?.abort();
    this.#shown = false;
  }

  attributeChangedCallback() {
    if (this.#shown) this.check();
  }

  #again = ({ persisted }) => {
    if (persisted && this.#shown) this.check();
  };

  // What is claimed: addresses in attributes, or files in their place.
  #claims() {
    const claims = Object.fromEntries(RekorBadge.observedAttributes.map((name) => [name, this.getAttribute(name)]));
    return { ...claims, ...this.#given };
  }

  #name() {
    const { artifact, link } = this.#claims();
    const about = artifact ?? link ?? "";
    return about.name ?? about.split(/[?#]/)[0].split("/").pop();
  }

  #say(state, title, detail) {
    const { face, say } = this.#badge;
    this.dataset.state = state;
    say(state, title, detail);
    if (face.parentNode !== this.#root) this.#root.replaceChildren(face);
  }

  // The link that the page brought.
  #fallBack() {
    this.dataset.state = "fallback";
    const box = element("span", { className: "fallback", part: "badge" });
    box.append(element("slot"));
    this.#root.replaceChildren(box);
  }

  #inView() {
    this.#seen.disconnect();
    this.#shown = true;
    this.check();
  }

  /** Checks anew; with `withArtifact`, a large file too; `files` are taken in the place of attributes from now on. */
  async check({ withArtifact = false, files } = {}) {
    if (files) this.#given = files;
    this.#running?.abort();
    const running = (this.#running = new AbortController());
    this.#found = null;
    if (!compiles()) return this.#fallBack();
    this.#say("checking", "Checking …", this.#name());
    try {
      const { run } = await check();
      const found = await run(this.#claims(), { withArtifact, signal: running.signal, verifier: this.#verifier() });
      if (running !== this.#running) return;
      this.#found = found;
      this.#say(found.state, found.title, found.detail);
      if (this.#dialog?.open) this.#fill();
    } catch (error) {
      if (running !== this.#running || running.signal.aborted) return;
      // Where the checker cannot be had, nothing can be checked here.
      if (checker === null) return this.#fallBack();
      this.#say("unknown", "Could not be checked", String(error?.message ?? error));
    }
  }

  #verifier() {
    const link = this.querySelector("a[href]");
    return link && /^https?:/.test(link.protocol) ? link.href.split("#")[0] : null;
  }

  async #open() {
    if (!this.#found) return this.dataset.state === "checking" ? undefined : this.check();
    if (!this.#dialog) {
      this.#dialog = element("dialog", { part: "dialog", ariaLabel: "What was checked" });
      this.#root.append(this.#dialog);
    }
    this.#fill();
    this.#dialog.showModal();
  }

  async #fill() {
    const { contents } = await check();
    const close = element("button", { type: "button", textContent: "Close" });
    close.addEventListener("click", () => this.#dialog.close());
    const again = () => this.check({ withArtifact: true });
    this.#dialog.replaceChildren(...contents(this.#found, again), close);
  }
}

if (globalThis.customElements && !customElements.get("rekor-badge")) customElements.define("rekor-badge", RekorBadge);

export { RekorBadge };
