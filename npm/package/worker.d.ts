import type { Verifier } from "./api.js";

export type * from "./api.js";

/** The package's functions in a Web Worker of their own; `fetch` is no option there. */
export interface WorkerVerifier extends Verifier {
  /** Ends the worker, and rejects whatever is under way. */
  terminate(): void;
}

/** Starts a worker; where none can be started from another origin, everything runs beside the page. */
export declare function start(): Readonly<WorkerVerifier>;
