import type { Member } from '../core/backend-health.ts';
import { sameName } from '../core/resource-id.ts';
import type { Target } from '../core/targets.ts';
import type { Citation } from '../core/verdict.ts';
import { isIpAddress } from './backend-address.ts';

/** The name that the gateway sends in a handshake, and the one that it compares a certificate with. */

export interface ExpectedName {
  /** The name that the certificate is compared with; absent where each member is compared with its own address. */
  readonly name?: string;
  readonly from: 'probe' | 'setting' | 'member';
  readonly citation: Citation;
}

/**
 * The name that a probe sends and compares: the probe's host, else the setting's, else the member's own name. Undefined
 * where the configuration was not read.
 */
export function expectedName({ settingConfig, probe, setting }: Target): ExpectedName | undefined {
  if (!settingConfig || (settingConfig.probeName !== undefined && !probe)) return undefined;
  const cite = (quote: string, says: string): Citation => ({ evidence: 'gateway', quote, says });
  if (probe?.host !== undefined && !probe.pickHostNameFromBackendSetting) {
    const says = `Probe ${probe.name} compares the certificate with ${probe.host}.`;
    return { name: probe.host, from: 'probe', citation: cite(`"host": "${probe.host}"`, says) };
  }
  const { hostName } = settingConfig;
  if (hostName !== undefined) {
    const says = `Backend setting ${setting} has the certificate compared with ${hostName}.`;
    return { name: hostName, from: 'setting', citation: cite(`"hostName": "${hostName}"`, says) };
  }
  const picks = settingConfig.pickHostNameFromBackendAddress === true;
  const quote = picks ? '"pickHostNameFromBackendAddress": true' : `no "hostName" in backend setting ${setting}`;
  return { from: 'member', citation: cite(quote, 'The certificate is compared with the address of each member.') };
}

/** The server name (SNI) that a probe sends to a member. Nothing is sent for an IP address. */
export function serverNameOf(target: Target, member: Member): string | undefined {
  const name = expectedName(target)?.name ?? member.address;
  return isIpAddress(name) ? undefined : name;
}

/** The name that goes into the handshake: one that is set for it on the backend setting goes before all others. */
export function handshakeNameOf(target: Target, member: Member): string | undefined {
  return target.settingConfig?.sniName ?? serverNameOf(target, member);
}

/** Every name that the certificate of a member may be compared with; empty where the configuration was not read. */
export function comparedNames(target: Target, member: Member): readonly string[] {
  const expected = expectedName(target);
  if (!expected) return [];
  const names = [target.settingConfig?.sniName, expected.name ?? member.address];
  return names
    .filter((name) => name !== undefined)
    .filter((name, at, all) => !all.slice(0, at).some((other) => sameName(other, name)));
}
