import { isIP, type Socket } from 'node:net';
import type { PortObservation, ProbeObservation, RequestObservation, TlsObservation } from '../../../core/prober.ts';
import { present } from '../../json.ts';
import { addressToUse, isHostName, isLoopback, isPermitted } from './addresses.ts';
import { codeOf, type Place, stateOf } from './connection.ts';
import { observeHandshake, resetHandshake } from './handshake.ts';
import { type Means, RANK } from './means.ts';
import { askAsTheGateway, askElsewhere } from './member-requests.ts';
import type { MemberPlan } from './plan.ts';

/**
 * Asks one member. Whatever fails is part of the observation, or is left out of it where it says nothing of the member;
 * what the end of the time cut off is left out as well. Never rejects.
 */
export async function observeMember(plan: MemberPlan, means: Means): Promise<ProbeObservation> {
  const { member, pool, setting } = plan;
  let resolution: ProbeObservation['resolution'];
  const ports: PortObservation[] = [];
  let tls: TlsObservation | undefined;
  const requests: RequestObservation[] = [];
  const elsewhere: RequestObservation[] = [];
  try {
    const place = await placeOfMember(plan, means, (found) => {
      resolution = found;
    });
    if (place) {
      const note = (port: PortObservation | undefined) => {
        if (port) ports.push(port);
      };
      const configured = await observePort(place(plan.port), plan.port, true, RANK.configuredPort, means);
      note(configured);
      const others = plan.otherPorts.map(async (port) => {
        const seen = await observePort(place(port), port, false, RANK.otherPort, means);
        note(seen);
        if (seen?.state === 'open' && plan.probe)
          elsewhere.push(await askElsewhere(place(port), port, plan, plan.probe, means));
      });
      // Looked after at once, since the time may run out for them while the rest is still under way.
      const othersDone = Promise.allSettled(others);
      try {
        if (configured?.state === 'open') {
          tls = plan.isTls ? await observeTls(place(plan.port), plan, means) : undefined;
          if (plan.probe) await askAsTheGateway(place(plan.port), plan, plan.probe, tls, means, requests);
        }
      } finally {
        await othersDone;
      }
    }
  } catch {
    // The time is up, or there is no place for the member: what was seen until then stands.
  }
  ports.sort((left, right) => Number(right.isConfigured) - Number(left.isConfigured) || left.port - right.port);
  elsewhere.sort((left, right) => (left.port ?? 0) - (right.port ?? 0));
  const all = [...requests, ...elsewhere];
  return present<ProbeObservation>({ member, pool, setting, resolution, ports, tls, requests: all });
}

type PlaceAt = (port: number) => Place;

/** Where the member's ports are; undefined where there is no address that the prober may connect to. */
async function placeOfMember(
  { member }: MemberPlan,
  { resolve, placeOf, signal }: Means,
  found: (resolution: ProbeObservation['resolution']) => void,
): Promise<PlaceAt | undefined> {
  if (isIP(member) !== 0) return isPermitted(member) ? placeAt(member, placeOf) : undefined;
  // What cannot be a name is not asked for, and neither are the names that every machine has for itself.
  if (!isHostName(member) || /(^|\.)localhost\.?$/i.test(member)) return undefined;
  if (!resolve) return placeAt(member, placeOf);
  const resolution = await resolve(member, signal);
  found(resolution);
  const address = addressToUse(resolution.addresses);
  return address === undefined ? undefined : placeAt(address, placeOf);
}

/** The last look before a connection. In a drill every place is on this machine; otherwise none is. */
function placeAt(address: string, placeOf: Means['placeOf']): PlaceAt {
  return (port) => {
    const place = placeOf ? placeOf(address, port) : { host: address, port };
    const isRight = placeOf ? isLoopback(place.host) : isPermitted(place.host);
    if (!isRight) throw new Error('The address is not permitted.');
    return { host: place.host, port: place.port };
  };
}

async function observePort(
  place: Place,
  port: number,
  isConfigured: boolean,
  rank: number,
  { takeTurn, connect, connectionMs, signal }: Means,
): Promise<PortObservation | undefined> {
  return takeTurn(rank, signal, async () => {
    try {
      const socket = await connect(place, { timeoutMs: connectionMs, signal });
      socket.destroy();
      return { port, state: 'open', isConfigured };
    } catch (error) {
      signal.throwIfAborted();
      const state = stateOf(codeOf(error), place.host);
      return state && { port, state, isConfigured };
    }
  });
}

/** Undefined where no connection was made any more: that is no failure of the handshake. */
async function observeTls(
  place: Place,
  { port, serverName, trust: basis }: MemberPlan,
  { takeTurn, connect, trust, connectionMs, signal }: Means,
): Promise<TlsObservation | undefined> {
  const patience = { timeoutMs: connectionMs, signal };
  return takeTurn(RANK.handshake, signal, async () => {
    let socket: Socket;
    try {
      socket = await connect(place, patience);
    } catch (error) {
      signal.throwIfAborted();
      return codeOf(error) === 'ECONNRESET' ? resetHandshake(present({ port, serverName })) : undefined;
    }
    return observeHandshake(socket, present({ serverName, port, trust: trust(basis) }), patience);
  });
}
