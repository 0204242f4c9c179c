import { isIP } from 'node:net';
import type { RequestObservation, TlsObservation } from '../../../core/prober.ts';
import { present } from '../../json.ts';
import { isAccepted } from './accepted.ts';
import { codeOf, type Place } from './connection.ts';
import { secure } from './handshake.ts';
import { type Means, RANK } from './means.ts';
import type { MemberPlan, ProbePlan, Variation } from './plan.ts';
import { get, type ProbeAnswer } from './request.ts';

/** The requests that a member is sent. */

/** How much longer than the gateway the prober waits for an answer, so that one that comes too late is seen to come. */
const MARGIN_MS = 5_000;

/**
 * Sends the probe's own request, and those that differ from it in one thing, to the port that the gateway probes. What is
 * answered goes into `requests` as it comes, because the time may run out in between.
 */
export async function askAsTheGateway(
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
    : await observeRequest(place, plan, probe, { ...own, rank: RANK.probe, answerMs }, means);
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
      const patience = { rank: RANK.variation, answerMs: means.connectionMs };
      const answer = answers.get(key) ?? observeRequest(place, plan, probe, { ...variation, ...patience }, means);
      answers.set(key, answer);
      return { ...(await answer), kind: variation.kind };
    });
  for (const answer of await Promise.allSettled(observed))
    if (answer.status === 'fulfilled') requests.push(answer.value);
}

/** Asks for the probe's path on another port that is open: whether what serves there is what the probe looks for. */
export async function askElsewhere(
  place: Place,
  port: number,
  plan: MemberPlan,
  probe: ProbePlan,
  means: Means,
): Promise<RequestObservation> {
  const { path, host } = probe;
  const patience = { rank: RANK.otherPort, answerMs: means.connectionMs };
  const asked = present<Asked & typeof patience>({
    ...{ kind: 'other-port', port, path, host, serverName: plan.serverName },
    ...patience,
  });
  return observeRequest(place, { ...plan, isTls: plan.tlsPorts.includes(port) }, probe, asked, means);
}

type Asked = Pick<Variation, 'path' | 'host' | 'serverName'> & Pick<RequestObservation, 'kind' | 'port'>;

/** One request over a connection of its own, which may take as long as its answer may. */
async function observeRequest(
  place: Place,
  plan: MemberPlan,
  probe: ProbePlan,
  { rank, answerMs, ...asked }: Asked & { readonly rank: number; readonly answerMs: number },
  { takeTurn, connect, trust, connectionMs, signal }: Means,
): Promise<RequestObservation> {
  const { context } = trust(plan.trust);
  const patience = { timeoutMs: Math.max(connectionMs, answerMs), signal };
  return takeTurn(rank, signal, async () => {
    try {
      const socket = await connect(place, patience);
      const { serverName, path, host } = asked;
      const stream = plan.isTls ? await secure(socket, present({ context, serverName }), patience) : socket;
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

function describeAnswer({ kind, port, path, host }: Asked, probe: ProbePlan, answer: ProbeAnswer): RequestObservation {
  const { status, location, seconds, error } = answer;
  return present<RequestObservation>({
    kind,
    port,
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
