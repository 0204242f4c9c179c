import type { FindingScope } from '../prevention/check.ts';

const MAX_MEMBERS = 4;

/** Where a finding is, in words: "pool a, setting b, members 10.0.0.4". The gateway itself where nothing closer is named. */
export function placeOf({ pool, setting, probe, listener, certificate, resource, members = [] }: FindingScope): string {
  const shown = members.slice(0, MAX_MEMBERS).join(', ');
  const more = members.length - MAX_MEMBERS;
  const parts = [
    named('pool', pool),
    named('setting', setting),
    named('probe', probe),
    named('listener', listener),
    named('certificate', certificate),
    resource,
    members.length === 0
      ? undefined
      : `${members.length === 1 ? 'member' : 'members'} ${shown}${more > 0 ? ` and ${more} more` : ''}`,
  ];
  return parts.filter((part) => part !== undefined).join(', ') || 'the gateway';
}

function named(kind: string, name: string | undefined): string | undefined {
  return name === undefined ? undefined : `${kind} ${name}`;
}

/** The last place in a path, for formats that have one: the parts of the gateway, from the widest to the closest. */
export function pathOf({ pool, setting, probe, listener, certificate, resource }: FindingScope): string {
  return [
    part('backendAddressPools', pool),
    part('backendHttpSettingsCollection', setting),
    part('probes', probe),
    part('httpListeners', listener),
    part('sslCertificates', certificate),
    resource,
  ]
    .filter((one) => one !== undefined)
    .join('/');
}

function part(collection: string, name: string | undefined): string | undefined {
  return name === undefined ? undefined : `${collection}/${name}`;
}
