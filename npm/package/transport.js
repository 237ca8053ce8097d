// Requests for the verifier, bounded in time and size, without the visitor's cookies, to nowhere but the address that
// is asked. Nothing here looks into an answer.

// A request that is not answered in full within this time has no answer (milliseconds).
const PATIENCE = 10_000;

// How often a server that says “not now” is asked again, and the first pause (milliseconds); each is twice as long as
// the one before.
const RETRIES = 2;
const PAUSE = 500;

// The longest pause that a server can ask for (milliseconds).
const LONGEST_PAUSE = 4_000;

/** The driver's `exchange`, over `fetch`. */
export function exchangeWith(fetch, { signal, timeout = PATIENCE, request }) {
  return (asks) => asks.map((ask) => inTime(fetch, ask, request, signal, timeout));
}

async function inTime(fetch, ask, request, signal, timeout) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeout);
  const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
  try {
    return await persist(fetch, ask, { ...request, signal: either });
  } catch (error) {
    throw late.signal.aborted ? new Error(`no full answer within ${timeout / 1000} seconds`) : inWords(error);
  } finally {
    clearTimeout(timer);
  }
}

// Asks until the answer stands. Nothing that is asked here changes anything at the server.
async function persist(fetch, ask, init) {
  for (let attempt = 0; attempt < RETRIES; attempt += 1) {
    const answer = await exchange(fetch, ask, init);
    if (answer.status !== 429 && answer.status !== 503) return answer;
    await pause(Math.min(Math.max(answer.wait ?? PAUSE << attempt, PAUSE), LONGEST_PAUSE), init.signal);
  }
  return exchange(fetch, ask, init);
}

async function exchange(fetch, { method, url, body, limit }, init) {
  const post = method === "POST" ? { body, headers: { "content-type": "application/json" } } : {};
  const answer = await fetch(url, { ...init, method, ...post, redirect: "manual" });
  if (answer.type === "opaqueredirect") throw new Error("it leads to another address");
  const wait = /^\d{1,9}$/.test(answer.headers.get("retry-after") ?? "") ? answer.headers.get("retry-after") * 1000 : undefined;
  return {
    status: answer.status,
    body: await bodyOf(answer, limit),
    truncated: answer.headers.get("rekor-truncated") === "true",
    wait,
  };
}

// At most `limit` bytes, after decompression.
async function bodyOf(answer, limit) {
  const kept = [];
  let size = 0;
  const reader = answer.body?.getReader();
  for (;;) {
    const piece = await reader?.read();
    if (!piece || piece.done) return joined(kept, size);
    size += piece.value.length;
    if (size > limit) {
      reader.cancel().catch(() => {}); // nobody waits for its end
      throw new Error(`more than ${limit} bytes came`);
    }
    kept.push(piece.value);
  }
}

function joined(pieces, size) {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function pause(time, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, time);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

// `fetch failed` says nothing; what it was because of does.
function inWords(error) {
  const cause = error?.cause;
  return cause?.message || cause?.code ? new Error(String(cause.message || cause.code)) : error;
}
