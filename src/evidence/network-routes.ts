import type { NetworkRoute } from '../core/network.ts';
import { flatFieldsOf, present, textOf, textsOf } from './json.ts';

/** The routes of one table, configured or effective; undefined where any of them cannot be read. */
export function readNetworkRoutes(values: readonly unknown[]): readonly NetworkRoute[] | undefined {
  const routes = values.map(readRoute);
  const known = routes.filter((route) => route !== undefined);
  return known.length === routes.length ? known : undefined;
}

/** An effective route holds lists of prefixes and next hops, a configured one texts. */
function readRoute(value: unknown): NetworkRoute | undefined {
  const fields = flatFieldsOf(value);
  const prefixes = [...new Set([...textsOf(fields.get('addressprefix')), ...textsOf(fields.get('addressprefixes'))])];
  const nextHopType = textOf(fields.get('nexthoptype'));
  const state = textOf(fields.get('state'))?.toLowerCase();
  if (prefixes.length === 0 || nextHopType === undefined) return undefined;
  return present<NetworkRoute>({
    name: textOf(fields.get('name')),
    prefixes,
    nextHopType,
    nextHopAddresses: textsOf(fields.get('nexthopipaddress')),
    source: textOf(fields.get('source')),
    isActive: state === undefined || state === 'active',
  });
}
