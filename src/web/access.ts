/** Who is let in, and to what. */
export type Access =
  /** Everything: the list, the API, downloads. `who` names the caller in what he does, such as a silence. */
  | { readonly to: 'everything'; readonly who: string; readonly isLocal: boolean }
  /** One incident's page and pictures, to be looked at. */
  | { readonly to: 'incident'; readonly incidentId: string };

export type Entry = { readonly outcome: 'open'; readonly access: Access } | Closed;

export interface Closed {
  readonly outcome: 'closed';
  readonly status: 401 | 403;
  /** Stable. */
  readonly code: 'sign-in-required' | 'link-invalid' | 'link-expired' | 'caller-not-allowed' | 'token-invalid';
  /** One sentence, for people. */
  readonly message: string;
  /** Whether a browser may ask for the key. */
  readonly mayAskForKey: boolean;
}

/** The locks. Neither rejects, and neither repeats anything of what was shown to it. */
export interface Door {
  /** A person or a program that signs in. */
  readonly signIn: (request: Request) => Promise<Entry>;
  /** Somebody who follows the link of a message. `expires` in seconds since 1970, both as they stand in the link. */
  readonly followLink: (link: { incidentId: string; expires: string; signature: string }) => Entry;
}

/**
 * Whether a request may change something: a browser that was led here by another site must not. Programs send neither
 * header. Pure.
 */
export function isOwnRequest(headers: Headers, origin: string): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin' && site !== 'none') return false;
  const from = headers.get('origin');
  return from === null || from === origin;
}
