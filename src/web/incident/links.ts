import { BASE } from '../layout/shell.ts';

/** Where the page of an incident leads: everything, for who signed in; itself and its pictures, for who followed a link. */
export interface Links {
  /** What stands before the path of the incident: the place of the app, or that of a signed link. */
  readonly base: string;
  /** Whether lists, downloads and the API may be linked to. */
  readonly toEverything: boolean;
}

export const ALL: Links = { base: BASE, toEverything: true };

export function incidentHref({ base }: Links, incidentId: string, rest = ''): string {
  return `${base}/incidents/${encodeURIComponent(incidentId)}${rest}`;
}

export function apiHref(path: string): string {
  return `${BASE}/v1${path}`;
}
