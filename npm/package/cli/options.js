// From the words of the command line to whom the user trusts, and which log is asked.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { describePolicy } from "../node.js";
import { readText } from "./files.js";
import { Trouble } from "./trouble.js";

// The address that `rekor serve` listens on by default.
const DEFAULT_SERVER = "http://127.0.0.1:3000";

/** What `verify` takes beside the files and the memory. */
export async function choices(options, home) {
  const policy = await policyOf(options, home);
  return {
    policy,
    signers: await signersOf(options),
    identity: identityOf(options),
    trustedRoot: options.staging ? "staging" : options["trusted-root"] && (await readText(options["trusted-root"])),
    parameters: Object.fromEntries(options.param.map(parameter)),
    offline: options.offline,
    log: options.offline ? undefined : await bases(options, policy),
    now: time(options.time),
    timeout: timeout(options.timeout),
  };
}

async function policyOf(options, home) {
  if (options.policy !== undefined) {
    const text = await readText(options.policy);
    return read(options.policy, text);
  }
  if (options["log-key"] !== undefined) return logKey(options["log-key"]);
  return read(home.logsFile, (await home.trustedLogs()) ?? "");
}

// The text, once it can be read.
async function read(file, text) {
  try {
    await describePolicy(text);
    return text;
  } catch (error) {
    throw new Trouble(`${file}: ${error.message}`);
  }
}

async function logKey(text) {
  const alone = (vkey) => `log ${vkey}\nquorum none\n`;
  if (await isPolicy(alone(text))) return alone(text);
  for (const line of (await readText(text)).split("\n")) {
    if (line.trim() && (await isPolicy(alone(line.trim())))) return alone(line.trim());
  }
  throw new Trouble(`--log-key ${text}: holds no verifier key of a log (one line name+hex+base64)`);
}

const isPolicy = (text) =>
  describePolicy(text).then(
    () => true,
    () => false,
  );

async function signersOf(options) {
  const keys = options["public-key"];
  if (options.signers === undefined) {
    return Promise.all(keys.map(async (file) => ({ name: path.parse(file).name, key: await keyFile(file) })));
  }
  if (keys.length > 0) {
    throw new Trouble("give --signers or --public-key, not both: which of them would decide?");
  }
  return readText(options.signers);
}

async function keyFile(file) {
  try {
    return await readFile(file);
  } catch (error) {
    throw new Trouble(`${file}: ${error.message}`);
  }
}

function identityOf({ identity, "identity-pattern": pattern, issuer }) {
  if (identity === undefined && pattern === undefined) {
    if (issuer === undefined) return undefined;
    throw new Trouble("--issuer alone names nobody: give --identity or --identity-pattern too");
  }
  if (issuer === undefined) throw new Trouble("--identity and --identity-pattern need --issuer");
  return { identity, pattern, issuer };
}

function parameter(text) {
  const at = text.indexOf("=");
  if (at < 0) throw new Trouble(`--param ${text}: expected NAME=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function time(text) {
  if (text === undefined) return undefined;
  const zoned = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/i.test(text);
  const milliseconds = zoned ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(milliseconds)) throw new Trouble(`--time ${text}: expected a time such as 2026-01-31T12:00:00Z`);
  return { seconds: Math.floor(milliseconds / 1000), source: "--time" };
}

function timeout(text = "10") {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3600) {
    throw new Trouble(`--timeout ${text}: expected 1 to 3600 seconds`);
  }
  return seconds * 1000;
}

// The base addresses of the logs to ask, in the order of the policy: one where it is named.
async function bases(options, policy) {
  const id = options.tlog_id;
  if (id !== undefined && !/^\d+$/.test(id)) throw new Trouble(`--tlog_id ${id}: expected a decimal number`);
  const named = options.server ?? process.env.REKOR_SERVER;
  const servers = named === undefined ? await trusted(policy, id) : [named];
  if (servers.length === 0) servers.push(DEFAULT_SERVER);
  const other = servers.find((server) => !/^https?:\/\//.test(server));
  if (other !== undefined) throw new Trouble(`${other}: expected an address that starts with http:// or https://`);
  return servers.map((server) => at(server.replace(/\/+$/, ""), id));
}

// `<server>/logs/<treeID>`, or the server's root, which serves its default log.
function at(server, id) {
  if (id === undefined) return server;
  const other = treeIdIn(server);
  return other === undefined ? `${server}/logs/${id}` : `${server.slice(0, -other.length)}${id}`;
}

const treeIdIn = (url) => /\/logs\/(\d+)\/*$/.exec(url)?.[1];

// The addresses of the trusted logs that fit, each once.
async function trusted(policy, id) {
  const { logs } = await describePolicy(policy);
  const fits = (url) => url && (id === undefined || treeIdIn(url) === id);
  return [...new Set(logs.map(({ url }) => url).filter(fits))];
}
