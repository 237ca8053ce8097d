import type { Verifier } from "./api.js";

export type * from "./api.js";

export declare const verify: Verifier["verify"];
export declare const digest: Verifier["digest"];
export declare const describeKey: Verifier["describeKey"];
export declare const describePolicy: Verifier["describePolicy"];
export declare const openCheckpoint: Verifier["openCheckpoint"];
export declare const readReceipt: Verifier["readReceipt"];
export declare const leafHash: Verifier["leafHash"];
export declare const verifyInclusion: Verifier["verifyInclusion"];
export declare const verifyConsistency: Verifier["verifyConsistency"];
export declare const forgetLog: Verifier["forgetLog"];
export declare const mergeSeen: Verifier["mergeSeen"];
