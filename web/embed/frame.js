// The badge in a frame, on a page of somebody else's: what it says comes from the verifier's own origin, and nothing but
// its trust policy counts. The evidence is in the fragment, written as it is for the verifier's page:
//
//   frame.html#v=1&file=NAME,BASE64URL&artifact=SHA256,NAME&log=ADDRESS
//
// A page can cover a frame, or move it under a pointer. All that a click can do is to open the verifier in a new tab.

import { dress, face } from "./badge.js";

// As the verifier's page has it: bytes of a fragment, and files in it.
const LONGEST = 128 * 1024;
const MOST_FILES = 32;

const fragment = location.hash.slice(1);
const { face: link, say } = face("a");

function bytes(base64url) {
  if (!/^[A-Za-z0-9_-]*$/.test(base64url)) throw new Error("a file is not in base64url");
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function parted(text, by) {
  const at = text.indexOf(by);
  if (at < 0) throw new Error(`“${by}” is missing`);
  return [text.slice(0, at), text.slice(at + 1)];
}

// What the address brings, read strictly: nothing of what is not understood is used.
function claims() {
  if (fragment.length > LONGEST) throw new Error(`it is longer than ${LONGEST} bytes`);
  if (fragment === "") throw new Error("it brings no evidence");
  const found = { link: [] };
  let version = null;
  for (const parameter of fragment.split("&")) {
    const [name, value] = parted(parameter, "=").map(decodeURIComponent);
    if (name === "v" && version === null) version = value;
    else if (name === "file" && found.link.length < MOST_FILES) {
      const [file, base64url] = parted(value, ",");
      found.link.push({ name: file, data: new Blob([bytes(base64url)]) });
    } else if (name === "artifact" && !found.artifact) {
      const [sha256, file] = parted(value, ",");
      if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error("the artifact has no SHA-256");
      found.artifact = { name: file, data: { sha256 } };
    } else if (name === "log" && !found.log) {
      found.log = value;
    } else {
      throw new Error(`“${name}” has no meaning here, or stands there too often`);
    }
  }
  if (version !== "1") throw new Error("it has another version than 1");
  return found;
}

async function check() {
  let claimed;
  try {
    claimed = claims();
  } catch ({ message }) {
    return say("unknown", "Could not be checked", `The address of this frame was not understood: ${message}`);
  }
  try {
    const about = claimed.artifact?.name ?? claimed.link[0]?.name ?? "";
    say("checking", "Checking …", about);
    const { run } = await import("./badge-check.js");
    const { state, title, detail } = await run(claimed, {});
    say(state, title, detail);
  } catch (error) {
    say("unknown", "Could not be checked", String(error?.message ?? error));
  }
}

// The same evidence, on the page that shows every check.
const forPage = fragment.split("&").filter((parameter) => !parameter.startsWith("log="));
Object.assign(link, {
  href: `${new URL("../", location.href).href}#verify?${forPage.join("&")}`,
  target: "_blank",
  rel: "noopener noreferrer",
});

addEventListener("hashchange", () => location.reload());

const host = document.getElementById("badge");
const root = host.attachShadow({ mode: "open" });
dress(root);
root.append(link);
say("waiting", "Not checked yet", "");
new IntersectionObserver((entries, seen) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  seen.disconnect();
  check();
}).observe(host);
