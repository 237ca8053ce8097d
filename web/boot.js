// Starts the page. Everything that the content security policy lets a page do only by name happens
// here: the one Trusted Types policy, through which the addresses of the one worker and the one service
// worker go, and the import of the application, which reaches this script as `rekor`.

import { filesOf, filesOfFolder } from "./dropped.js";

// By the build: what the browser has to find in these files.
const INTEGRITY = { "rekor-web_bg.wasm": "" };

const WORKER = new URL("./worker.js", import.meta.url).href;
const SERVICE_WORKER = new URL("./sw.js", import.meta.url).href;

function createScriptURL(address) {
  if (address !== WORKER && address !== SERVICE_WORKER) {
    throw new TypeError(`no script but the two workers may be started, not ${address}`);
  }
  return address;
}

// Browsers without Trusted Types enforce nothing, and take the plain address.
const policy = globalThis.trustedTypes?.createPolicy("rekor", { createScriptURL }) ?? { createScriptURL };

// A file dropped before the application runs must not make the browser leave the page, nor be lost.
let early = [];
for (const type of ["dragover", "drop"]) {
  addEventListener(type, (event) => {
    event.preventDefault();
    if (type === "drop") early?.push(filesOf(event.dataTransfer));
  });
}

globalThis.rekor = Object.freeze({
  startWorker: () => new Worker(policy.createScriptURL(WORKER), { type: "module", name: "verifier" }),
  // What was dropped so far: a list of promises of what `filesOf` gives.
  takeEarlyFiles() {
    const files = early ?? [];
    early = null; // from here on the application listens itself
    return files;
  },
  filesOf,
  filesOfFolder,
  // Nothing is embedded in a page that comes from a server.
  ownFile: () => undefined,
});

try {
  const [name] = Object.keys(INTEGRITY);
  const module = fetch(new URL(`./${name}`, import.meta.url), { integrity: INTEGRITY[name] });
  const { default: init } = await import("./rekor-web.js");
  await init({ module_or_path: module });
} catch (error) {
  const status = document.getElementById("boot-status");
  if (status) {
    status.setAttribute("role", "alert");
    status.textContent = `The page could not start: ${error?.message ?? error}. Reload it, or use a newer browser.`;
  }
  throw error;
}

// What makes the page installable and keeps it at hand offline comes last: nobody waits for it. A browser that refuses
// it has the page as it is on the network.
document.head.append(Object.assign(document.createElement("link"), { rel: "manifest", href: "./rekor.webmanifest" }));
navigator.serviceWorker?.register(policy.createScriptURL(SERVICE_WORKER), { scope: "./", updateViaCache: "none" }).catch(() => {});
