import type { ActivityEvent } from '../../core/network.ts';
import { type Fields, fieldsOf, textOf } from '../json.ts';

const GUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** What kind of caller did it: by the caller's name, or by the claims of its token where the name does not tell. */
export function actorOf(fields: Fields): ActivityEvent['actor'] {
  const caller = textOf(fields.get('caller'))?.trim();
  if (caller?.includes('@')) return 'person';
  if (caller !== undefined && /^microsoft\./i.test(caller)) return 'platform';
  const claims = fieldsOf(fields.get('claims') ?? fieldsOf(fields.get('identity')).get('claims'));
  return actorOfClaims(claims) ?? (caller !== undefined && GUID.test(caller) ? 'application' : undefined);
}

/**
 * A token that was made for a person says so by its type, carries the person's name, or is limited to a scope. One with
 * none of these, and the id of an application, was made for the application itself.
 */
function actorOfClaims(claims: Fields): ActivityEvent['actor'] {
  const kind = textOf(claims.get('idtyp'))?.toLowerCase();
  if (kind === 'user') return 'person';
  if (kind === 'app') return 'application';
  for (const [name, value] of claims) {
    if (/(^|\/)(upn|name|unique_name|emailaddress)$/.test(name) && textOf(value)?.includes('@')) return 'person';
    if (/(^|\/)(scp|scope|givenname|surname)$/.test(name)) return 'person';
  }
  return claims.has('appid') ? 'application' : undefined;
}

/** What redaction puts where the name is not known, only the kind of caller: nobody's name. */
export const UNNAMED = {
  person: 'person@redacted',
  application: '00000000-0000-0000-0000-000000000000',
  platform: 'Microsoft.Redacted',
} as const;

/** A sign-in name has at most 113 characters. */
const MAX_CALLER_LENGTH = 120;

/**
 * Who did it, as the entry has it: a person's sign-in name, an application's id. People on call ask exactly this. Where
 * the caller is only an id, a person's token tells the name.
 */
export function callerOf(fields: Fields): string | undefined {
  const caller = textOf(fields.get('caller'))?.trim();
  const claims = fieldsOf(fields.get('claims') ?? fieldsOf(fields.get('identity')).get('claims'));
  const isNamed = caller !== undefined && !GUID.test(caller);
  const name = isNamed ? caller : (nameInClaims(claims) ?? caller ?? textOf(claims.get('appid')));
  const isUnnamed = Object.values(UNNAMED).some((marker) => marker === name);
  return isUnnamed ? undefined : name?.slice(0, MAX_CALLER_LENGTH);
}

function nameInClaims(claims: Fields): string | undefined {
  if (textOf(claims.get('idtyp'))?.toLowerCase() === 'app') return undefined;
  const names = [...claims].filter(([name]) => /(^|\/)(upn|unique_name|emailaddress|name)$/.test(name));
  return names.map(([, value]) => textOf(value)?.trim()).find((name) => name?.includes('@'));
}
