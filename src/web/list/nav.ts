import type { Links } from '../incident/links.ts';
import { BASE, type Shell } from '../layout/shell.ts';

/** The links of the top line; somebody with the link of one incident gets none. */
export function navOf({ toEverything }: Pick<Links, 'toEverything'>, here?: 'incidents'): Shell['nav'] {
  if (!toEverything) return [];
  return [
    { href: `${BASE}/`, text: 'Incidents', isHere: here === 'incidents' },
    { href: `${BASE}/openapi.json`, text: 'API' },
  ];
}
