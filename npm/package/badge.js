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
:host { display: inline-block; box-sizing: border-box; inline-size: 20rem; max-inline-size: 100%; block-size: 2.75rem;
  vertical-align: middle; color-scheme: light dark }
:host([hidden]) { display: none }
* { box-sizing: border-box; font: inherit; letter-spacing: normal; text-transform: none }
button, .fallback { display: flex; inline-size: 100%; block-size: 100%; align-items: center; gap: 0.5rem; margin: 0;
  padding: 0 0.625rem; overflow: hidden; cursor: pointer;
  color: var(--rekor-badge-color, light-dark(#1b1f24, #e8eaed));
  background: var(--rekor-badge-background, light-dark(#ffffff, #1b1f24));
  border: 1px solid var(--accent); border-radius: var(--rekor-badge-radius, 0.5rem) }
.fallback { --accent: light-dark(#6a737d, #9aa4ae); cursor: auto }
button { --accent: var(--rekor-badge-neutral, light-dark(#57606a, #9aa4ae)) }
[data-state=confirmed] { --accent: var(--rekor-badge-confirmed, light-dark(#116b32, #5bc27a)) }
[data-state=failed] { --accent: var(--rekor-badge-failed, light-dark(#b3261e, #ff8a80)) }
button, .fallback, dialog { font: 400 0.8125rem/1.2 system-ui, sans-serif; text-align: start }
button:focus-visible, a:focus-visible { outline: 2px solid Highlight; outline-offset: 2px }
.mark { flex: none; inline-size: 1.25rem; font-weight: 700; text-align: center; color: var(--accent) }
.words { min-inline-size: 0 }
.words span { display: block; overflow: hidden; white-space: nowrap; text-overflow: ellipsis }
.title { font-weight: 600 }
dialog { inline-size: min(36rem, 92vw); max-block-size: 86vh; overflow: auto; padding: 1rem; border: 1px solid; line-height: 1.45;
  border-radius: 0.5rem; color: light-dark(#1b1f24, #e8eaed); background: light-dark(#ffffff, #1b1f24) }
dialog h2 { margin: 0 0 0.5rem; font-weight: 600; font-size: 1rem }
dialog p, dialog ul { margin: 0 0 0.75rem; padding: 0; list-style: none; overflow-wrap: anywhere }
dialog li { margin: 0 0 0.25rem }
dialog button { inline-size: auto; block-size: 2.25rem; display: inline-flex; margin-inline-end: 0.5rem }
dialog a { color: light-dark(#0b57d0, #a8c7fa) }
code { font-family: ui-monospace, monospace }
`;

const MARKS = { waiting: "–", checking: "…", confirmed: "✓", key: "i", recorded: "i", unknown: "?", failed: "✕" };

// One for all badges. A policy that forbids inline styles does not forbid it.
let sheet = null;
function style() {
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(STYLE);
  return sheet;
}

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// Loaded once, when the first badge comes into view.
let checker = null;
const check = () => (checker ??= import("./badge-check.js").catch((error) => {
  checker = null; // the next one tries again
  throw error;
}));

// A server that renders pages may import this, and defines nothing.
class RekorBadge extends (globalThis.HTMLElement ?? Object) {
  static observedAttributes = ["link", "artifact", "receipt", "log", "signer"];
  #root = this.attachShadow({ mode: "open" });
  #seen = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.#inView());
  #running = null; // ends the check under way
  #shown = false;
  #live = element("span", { className: "title", part: "title" });
  #detail = element("span", { className: "detail", part: "detail" });
  #mark = element("span", { className: "mark", ariaHidden: "true" });
  #button = element("button", { type: "button", part: "badge", ariaHasPopup: "dialog" });
  #dialog = null;
  #found = null;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [style()];
    const words = element("span", { className: "words" }, this.#live, this.#detail);
    words.setAttribute("role", "status");
    this.#button.append(this.#mark, words);
    this.#button.addEventListener("click", () => this.#open());
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

  #name() {
    const path = this.getAttribute("artifact") ?? this.getAttribute("link") ?? "";
    return path.split(/[?#]/)[0].split("/").pop();
  }

  #say(state, title, detail) {
    this.dataset.state = state;
    this.#button.dataset.state = state;
    this.#mark.textContent = MARKS[state];
    this.#live.textContent = title;
    this.#detail.textContent = detail;
    this.#button.title = `${title}. ${detail}`;
    if (this.#button.parentNode !== this.#root) this.#root.replaceChildren(this.#button);
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

  /** Checks anew; with `withArtifact`, a large file too. */
  async check({ withArtifact = false } = {}) {
    this.#running?.abort();
    const running = (this.#running = new AbortController());
    this.#found = null;
    this.#say("checking", "Checking …", this.#name());
    try {
      const { run } = await check();
      const claims = Object.fromEntries(RekorBadge.observedAttributes.map((name) => [name, this.getAttribute(name)]));
      const found = await run(claims, { withArtifact, signal: running.signal, verifier: this.#verifier() });
      if (running !== this.#running) return;
      this.#found = found;
      this.#say(found.state, found.title, found.detail);
      if (this.#dialog?.open) this.#fill();
    } catch (error) {
      if (running !== this.#running || running.signal.aborted) return;
      // Without WebAssembly, or where the checker cannot be had, nothing can be checked here.
      if (error instanceof WebAssembly.CompileError || checker === null) return this.#fallBack();
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
