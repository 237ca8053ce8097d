// Starts the page that is a single file, opened from a disk: there is no worker there, so the verifier runs beside the
// page, in slices, at the end of a channel that looks like one. `cargo xtask build --single-file` puts this behind
// the modules (`rekor_web`, `rekor_wasm`, `rekor_sigstore`, `rekor_extras`), `filesOf` and `filesOfFolder`, the worker's own script as
// `verifier(port)`, and the files as base64 in `FILES`.

function embedded(path) {
  const text = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
  return text === undefined ? undefined : Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

let early = [];
for (const type of ["dragover", "drop"]) {
  addEventListener(type, (event) => {
    event.preventDefault();
    if (type === "drop") early?.push(filesOf(event.dataTransfer));
  });
}

globalThis.rekor = Object.freeze({
  startWorker() {
    const { port1, port2 } = new MessageChannel();
    port1.terminate = () => port1.close();
    port2.start();
    verifier(port2).catch((error) => port2.postMessage({ type: "broken", message: String(error?.message ?? error) }));
    return port1;
  },
  takeEarlyFiles() {
    const files = early ?? [];
    early = null; // from here on the application listens itself
    return files;
  },
  filesOf,
  filesOfFolder,
  // What a page on a server would fetch from beside itself.
  ownFile: (path) => embedded(path.replace(/^\.\//, "")),
});

rekor_web({ module_or_path: embedded("rekor-web.wasm") }).catch((error) => {
  const status = document.getElementById("boot-status");
  if (status) {
    status.setAttribute("role", "alert");
    status.textContent = `The page could not start: ${error?.message ?? error}. Use a newer browser.`;
  }
});
