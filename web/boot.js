// Starts the page. Everything that the content security policy lets a page do only by name happens
// here: the one Trusted Types policy, through which the one worker's address goes, and the import of
// the application, which reaches this script as `rekor`.

import { filesOf, filesOfFolder } from "./dropped.js";

const WORKER = new URL("./worker.js", import.meta.url).href;

function createScriptURL(address) {
  if (address !== WORKER) throw new TypeError(`no script but the worker may be started, not ${address}`);
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
});

try {
  const { default: init } = await import("./rekor-web.js");
  await init();
} catch (error) {
  const status = document.getElementById("boot-status");
  if (status) {
    status.setAttribute("role", "alert");
    status.textContent = `The page could not start: ${error?.message ?? error}. Reload it, or use a newer browser.`;
  }
  throw error;
}
