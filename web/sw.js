// Keeps the page at hand without a network. Everything that the build made is fetched once, each file held to the
// digest that stands here, and answered from there: all files are of one version or none is kept. A new version waits
// until no page of the old one is open. Answers of logs are never kept, nor looked at.

const FILES = {}; // by the build: path → SHA-256, as `integrity` takes it

const HOME = new URL("./", self.location).href;
const POLICY = "policy.txt";
const FENCE = "content-security-policy";
// Not the build's: whoever deployed the page wrote it. Kept only for when there is no network.
const DEPLOYED = "rekor-deployed";

// The version is all of its digests.
async function version() {
  const text = new TextEncoder().encode(JSON.stringify(FILES));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return `rekor-${[...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

// Refused by the browser where the server has another version of it.
function fresh(path) {
  const address = path === "index.html" ? HOME : HOME + path;
  return fetch(address, { integrity: FILES[path], cache: "no-cache", credentials: "omit" });
}

async function keep(paths) {
  const cache = await caches.open(await version());
  const answers = await Promise.all(paths.map(fresh));
  const failed = answers.find((answer) => answer.status !== 200);
  if (failed) throw new Error(`${failed.url}: the server answered ${failed.status}`);
  await Promise.all(paths.map((path, i) => cache.put(HOME + path, answers[i])));
}

async function forgetOthers() {
  const mine = [await version(), DEPLOYED];
  const others = (await caches.keys()).filter((name) => name.startsWith("rekor-") && !mine.includes(name));
  await Promise.all(others.map((name) => caches.delete(name)));
}

async function fromBuild(path) {
  const cache = await caches.open(await version());
  // A browser short of space may have dropped it: what the network has is then held to the same digest.
  return (await cache.match(HOME + path)) ?? fresh(path);
}

// The policy as the server has it now, or else as it was last. Which logs the page may ask follows from it: with
// another policy the kept pages need their new header, and the page that asks here, which came with the old one, has to
// be loaded again ("Reset Content"), or the browser would refuse its new logs.
async function policy(request) {
  const cache = await caches.open(DEPLOYED);
  let answer;
  try {
    answer = await fetch(request);
  } catch (error) {
    const last = await cache.match(HOME + POLICY);
    if (last) return last;
    throw error;
  }
  if (answer.status === 200) {
    await cache.put(HOME + POLICY, answer.clone());
    if (await fencedAnew(answer.headers.get(FENCE))) return new Response(null, { status: 205 });
  } else {
    await cache.delete(HOME + POLICY);
  }
  return answer;
}

// Whether the kept pages have another header now, since the server sends this one.
async function fencedAnew(fence) {
  const before = (await fromBuild("index.html")).headers.get(FENCE);
  if (before === fence) return false;
  const pages = Object.keys(FILES).filter((path) => path.endsWith(".html") || path.endsWith(".js"));
  await keep(pages).catch(() => {}); // the next visit tries again
  return (await fromBuild("index.html")).headers.get(FENCE) !== before;
}

addEventListener("install", (event) => event.waitUntil(keep(Object.keys(FILES))));
addEventListener("activate", (event) => event.waitUntil(forgetOthers()));

addEventListener("fetch", (event) => {
  const { method, url, cache } = event.request;
  const address = url.split(/[?#]/)[0];
  // Whoever asks for the server's own answer gets it: so the page checks its files.
  if (method !== "GET" || cache === "reload" || !address.startsWith(HOME)) return;
  const path = address.slice(HOME.length) || "index.html";
  if (path === POLICY) event.respondWith(policy(event.request));
  else if (Object.hasOwn(FILES, path)) event.respondWith(fromBuild(path));
});
