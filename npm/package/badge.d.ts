/**
 * `<rekor-badge link artifact receipt log signer>`: attributes are addresses of evidence and claims, never trust. Importing
 * this module defines the element.
 */
export declare class RekorBadge extends HTMLElement {
  /** Checks anew; with `withArtifact`, a large file too. */
  check(options?: { withArtifact?: boolean }): Promise<void>;
}

declare global {
  interface HTMLElementTagNameMap {
    "rekor-badge": RekorBadge;
  }
}
