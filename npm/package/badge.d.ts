/**
 * `<rekor-badge link artifact receipt log signer>`: attributes are addresses of evidence and claims, never trust. Importing
 * this module defines the element.
 */
export declare class RekorBadge extends HTMLElement {
  /** Checks anew; with `withArtifact`, a large file too; with `files`, these in the place of what attributes name. */
  check(options?: {
    withArtifact?: boolean;
    files?: { link?: File; receipt?: File; artifact?: File; signer?: File; log?: string };
  }): Promise<void>;
}

declare global {
  interface HTMLElementTagNameMap {
    "rekor-badge": RekorBadge;
  }
}
