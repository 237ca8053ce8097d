import type { Verifier } from "./api.js";

export type * from "./api.js";

/** A WebAssembly module, however it comes. */
export type Source = WebAssembly.Module | BufferSource | Response | URL | string;

/** Where the modules come from. Each function is called when its module is first needed. */
export interface Sources {
  /** `rekor-verifier/wasm`. */
  core: () => Source | Promise<Source>;
  /** `rekor-verifier/sigstore-wasm`, which only Sigstore bundles need. */
  sigstore: () => Source | Promise<Source>;
  /** `rekor-verifier/extras-wasm`, which only few files need: keys on P-384 and P-521, ML-DSA-44, OpenPGP, archives. Without
   * it they are not checked. */
  extras?: () => Source | Promise<Source>;
  /** Further members for each request that is made by `fetch`. */
  request?: RequestInit;
}

/** The package's functions over these modules. */
export declare function create(sources: Sources): Readonly<Verifier>;
