import { isIP, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { PortObservation, ProbeObservation, RequestObservation, TlsObservation } from '../../../core/prober.ts';
import { present } from '../../json.ts';
import { isAccepted } from './accepted.ts';
import { addressToUse, isHostName, isPermitted } from './addresses.ts';
import { type Connect, codeOf, type Place, stateOf } from './connection.ts';
import { observeHandshake, resetHandshake, secure } from './handshake.ts';
import type { MemberPlan, ProbePlan, Variation } from './plan.ts';
import { get, type ProbeAnswer } from './request.ts';
import type { Resolve } from './resolve.ts';
import type { TakeTurn } from './turns.ts';

/** What asking a member needs, shared by all members of a run. */
export interface Means {
  readonly resolve: Resolve;
  readonly connect: Connect;
  readonly context: SecureContext;
  /** Where members really are in a drill. */
  readonly placeOf?: (address: string, port: number) => Place;
  readonly takeTurn: TakeTurn;
  /** Aborted when the time of the run is up. */
  readonly signal: AbortSignal;
  /** For a connection, for a handshake, and for the answer to a request that is not the probe's own, each. */
  readonly connectionMs: number;
  /** The longest wait for the answer to the probe's own request. */
  readonly answerMs: number;
}

/** The order in which turns are given: what tells most of every member first. */
const RANK = { configuredPort: 0, handshake: 1, probe: 1, variation: 2, otherPort: 3 } as const;

/** How much longer than the gateway the prober waits for an answer, so that one that comes too late is seen to come. */
const MARGIN_MS = 5_000;

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
      const others = plan.otherPorts.map(async (port) =>
        note(await observePort(place(port), port, false, RANK.otherPort, means)),
      );
      // Looked after at once, since the time may run out for them while the rest is still under way.
      const othersDone = Promise.allSettled(others);
      try {
        if (configured?.state === 'open') {
          tls = plan.isTls ? await observeTls(place(plan.port), plan, means) : undefined;
          if (plan.probe) await observeRequests(place(plan.port), plan, plan.probe, tls, means, requests);
        }
      } finally {
        await othersDone;
      }
    }
  } catch {
    // The time is up, or there is no place for the member: what was seen until then stands.
  }
  ports.sort((left, right) => Number(right.isConfigured) - Number(left.isConfigured) || left.port - right.port);
  return present<ProbeObservation>({ member, pool, setting, resolution, ports, tls, requests });
}

type PlaceAt = (port: number) => Place;

/** Where the member's ports are; undefined where there is no address that the prober may connect to. */
async function placeOfMember(
  { member }: MemberPlan,
  { resolve, placeOf, signal }: Means,
  found: (resolution: ProbeObservation['resolution']) => void,
): Promise<PlaceAt | undefined> {
  if (placeOf) return (port) => permitted(placeOf(member, port), true);
  if (isIP(member) !== 0) return isPermitted(member) ? (port) => permitted({ host: member, port }, false) : undefined;
  // What cannot be a name is not asked for, and neither are the names that every machine has for itself.
  if (!isHostName(member) || /(^|\.)localhost\.?$/i.test(member)) return undefined;
  const resolution = await resolve(member, signal);
  found(resolution);
  const host = addressToUse(resolution.addresses);
  return host === undefined ? undefined : (port) => permitted({ host, port }, false);
}

/** The last look before a connection. */
function permitted({ host, port }: Place, isLoopbackPermitted: boolean): Place {
  if (!isPermitted(host, { isLoopbackPermitted })) throw new Error('The address is not permitted.');
  return { host, port };
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
  { port, serverName, areRootsKnown }: MemberPlan,
  { takeTurn, connect, context, connectionMs, signal }: Means,
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
    return observeHandshake(socket, present({ context, serverName, port, areRootsKnown }), patience);
  });
}

async function observeRequests(
  place: Place,
  plan: MemberPlan,
  probe: ProbePlan,
  tls: TlsObservation | undefined,
  means: Means,
  requests: RequestObservation[],
): Promise<void> {
  const { path, host, timeoutMs, variations } = probe;
  const own = present({ kind: 'probe' as const, path, host, serverName: plan.serverName });
  const isBroken = tls?.isHandshakeDone === false;
  const answerMs = Math.min(timeoutMs + MARGIN_MS, means.answerMs);
  const asked = isBroken
    ? describeAnswer(own, probe, present<ProbeAnswer>({ error: tls.error }))
    : await observeRequest(place, plan, probe, own, RANK.probe, answerMs, means);
  // What was given up before the gateway would have given it up did not fail to come.
  const waitedMs = isBroken ? means.connectionMs : answerMs;
  if (asked.error !== 'ETIMEDOUT' || waitedMs >= timeoutMs) requests.push(asked);
  const answers = new Map<string, Promise<RequestObservation>>();
  const observed = variations
    .filter(({ kind, serverName }) => {
      // The live request is of interest whatever the probe's answer is; the others only say what would mend it.
      if (kind !== 'live-host' && asked.isAccepted === true) return false;
      // With the same server name the handshake would break again.
      return !isBroken || serverName !== plan.serverName;
    })
    .map(async (variation) => {
      const key = JSON.stringify([variation.path, variation.host, variation.serverName]).toLowerCase();
      const answer =
        answers.get(key) ?? observeRequest(place, plan, probe, variation, RANK.variation, means.connectionMs, means);
      answers.set(key, answer);
      return { ...(await answer), kind: variation.kind };
    });
  for (const answer of await Promise.allSettled(observed))
    if (answer.status === 'fulfilled') requests.push(answer.value);
}

type Asked = Pick<Variation, 'path' | 'host' | 'serverName'> & Pick<RequestObservation, 'kind'>;

/** One request over a connection of its own, which may take as long as its answer may. */
async function observeRequest(
  place: Place,
  { isTls }: MemberPlan,
  probe: ProbePlan,
  asked: Asked,
  rank: number,
  answerMs: number,
  { takeTurn, connect, context, connectionMs, signal }: Means,
): Promise<RequestObservation> {
  const patience = { timeoutMs: Math.max(connectionMs, answerMs), signal };
  return takeTurn(rank, signal, async () => {
    try {
      const socket = await connect(place, patience);
      const { serverName, path, host } = asked;
      const stream = isTls ? await secure(socket, present({ context, serverName }), patience) : socket;
      const header = isIP(host) === 6 ? `[${host}]` : host;
      const wanted = probe.matchBody;
      const answer = await get(stream, present({ path, host: header, wanted }), { ...patience, timeoutMs: answerMs });
      return describeAnswer(asked, probe, answer);
    } catch (error) {
      signal.throwIfAborted();
      return describeAnswer(asked, probe, { error: codeOf(error) });
    }
  });
}

function describeAnswer({ kind, path, host }: Asked, probe: ProbePlan, answer: ProbeAnswer): RequestObservation {
  const { status, location, seconds, error } = answer;
  return present<RequestObservation>({
    kind,
    path: path.replace(/[?#].*$/, ''),
    host,
    status,
    location,
    seconds,
    error,
    isAccepted: status === undefined ? undefined : judge(probe, status, answer),
  });
}

/** Whether the probe would take the answer: by its status, and by its body where the probe looks at that. */
function judge(
  { accepted, matchBody }: ProbePlan,
  status: number,
  { isWantedThere }: ProbeAnswer,
): boolean | undefined {
  const byStatus = isAccepted(accepted, status);
  return byStatus === true && matchBody !== undefined ? isWantedThere : byStatus;
}
