import type { InvocationContext } from '@azure/functions';
import { LRUCache } from 'lru-cache';
import type { Report } from '../app/investigate.ts';
import type { Ports } from '../app/ports.ts';
import { readInRounds } from '../app/read-in-rounds.ts';
import { nearestChange } from '../core/changes.ts';
import { impactOf } from '../core/impact.ts';
import type { Incident } from '../core/incident.ts';
import { type GatewayId, parseGatewayId } from '../core/resource-id.ts';
import { type McpDiagnosis, mcpAnswer, mcpProblem } from './mcp-answer.ts';
import { ports } from './ports.ts';

/** An assistant asks what is wrong with a gateway. The host has checked the key of its MCP endpoint before this runs. */
export async function onMcpDiagnose(input: unknown, context: Pick<InvocationContext, 'triggerMetadata'>) {
  let built: Ports;
  try {
    built = ports();
  } catch {
    return mcpProblem('not-configured', 'The settings of this installation are not usable.');
  }
  return diagnoseForAssistant(built, gatewayIdIn(input, context.triggerMetadata));
}

/** What was read so lately is still how it is: a recheck of an open incident comes every few minutes. */
const FRESH_MS = 10 * 60_000;
/** An assistant asks again while it thinks; each answer costs up to forty calls of Resource Manager. */
const KEPT_MS = 2 * 60_000;
const MOST_KEPT = 100;
/** How many gateways are read for assistants at once, in one process. */
const MOST_AT_ONCE = 4;

interface Kept {
  readonly answers: LRUCache<string, McpDiagnosis>;
  readonly underWay: Map<string, Promise<McpDiagnosis>>;
}

const keptFor = new WeakMap<Ports, Kept>();

function keptOf(built: Ports): Kept {
  const known = keptFor.get(built);
  if (known) return known;
  const kept: Kept = {
    answers: new LRUCache({
      max: MOST_KEPT,
      ttl: KEPT_MS,
      ttlResolution: 0,
      perf: { now: () => built.now().getTime() },
    }),
    underWay: new Map(),
  };
  keptFor.set(built, kept);
  return kept;
}

/** The newest stored diagnosis where it is fresh, else one that is read now. Never rejects, and invents nothing. */
export async function diagnoseForAssistant(built: Ports, gatewayId: string | undefined): Promise<string> {
  const gateway = parseGatewayId(gatewayId ?? '');
  if (!gateway || gateway.id.length !== gatewayId?.trim().length) {
    return mcpProblem(
      'gateway-id-invalid',
      'gatewayId has to be the resource id of an application gateway: /subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.Network/applicationGateways/<name>.',
    );
  }
  try {
    const check = await built.checkGateway(gateway.id);
    if (check === 'foreign')
      return mcpProblem('gateway-not-allowed', 'This installation does not report on that gateway.');
    if (check === 'absent') return mcpProblem('gateway-not-found', 'Azure does not know a gateway with this id.');
    const found = (await storedDiagnosis(built, gateway)) ?? (await readNow(built, gateway));
    return found === 'busy'
      ? mcpProblem('busy', 'Other gateways are being read; ask again in a minute.')
      : mcpAnswer(found, built.rules);
  } catch {
    // What exactly failed is in the log of whatever failed; it holds names and addresses that an assistant has no use for.
    return mcpProblem('not-readable', 'The gateway could not be read. Nothing is known about its state.');
  }
}

async function storedDiagnosis(built: Ports, gateway: GatewayId): Promise<McpDiagnosis | undefined> {
  const slot = { gatewayId: gateway.id, isTest: false };
  const incident = await built.incidents
    .change<Incident | undefined>(slot, (current) => ({ result: current }))
    // Storage that is down does not keep a gateway from being read.
    .catch(() => undefined);
  const takenAt = takenAtOf(incident?.snapshot);
  if (!incident || takenAt === undefined) return undefined;
  const age = built.now().getTime() - takenAt.getTime();
  if (age > FRESH_MS || age < -FRESH_MS) return undefined;
  const report = await built.snapshots.loadDocument(`${incident.snapshot}/diagnosis.json`).catch(() => undefined);
  if (!isReport(report)) return undefined;
  const { change, impact, ...diagnosis } = report;
  const { id, state } = incident;
  return {
    gateway,
    source: 'stored',
    takenAt: takenAt.toISOString(),
    incident: { id, state },
    diagnosis,
    change,
    impact,
  };
}

/** The time in a snapshot's folder: `<incident>/20260914T021031123Z`. */
function takenAtOf(folder: string | undefined): Date | undefined {
  const [, year, month, day, hour, minute, second, ms] =
    /\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/.exec(folder ?? '') ?? [];
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

function isReport(document: unknown): document is Report {
  const { verdicts, evidence, headline, change } = (document ?? {}) as Partial<Report>;
  return Array.isArray(verdicts) && Array.isArray(evidence) && typeof headline === 'string' && change !== undefined;
}

/** Reads with the budget of an investigation. Two who ask at once share one reading. */
async function readNow(built: Ports, gateway: GatewayId): Promise<McpDiagnosis | 'busy'> {
  const { answers, underWay } = keptOf(built);
  const key = gateway.id.toLowerCase();
  const known = answers.get(key) ?? underWay.get(key);
  if (known) return known;
  if (underWay.size >= MOST_AT_ONCE) return 'busy';
  const reading = read(built, gateway);
  underWay.set(key, reading);
  try {
    const answer = await reading;
    answers.set(key, answer);
    return answer;
  } finally {
    underWay.delete(key);
  }
}

async function read(built: Ports, gateway: GatewayId): Promise<McpDiagnosis> {
  const { snapshot, readings, diagnosis } = await readInRounds(built, gateway.id);
  return {
    gateway,
    source: 'read-now',
    takenAt: snapshot.takenAt ?? built.now().toISOString(),
    diagnosis,
    change: nearestChange(readings),
    impact: impactOf(readings).sentence,
  };
}

const LONGEST_ARGUMENT = 2_000;

/** The host hands the arguments over beside the message, and versions of it differ in where; every known place is looked at. */
export function gatewayIdIn(
  input: unknown,
  metadata: Readonly<Record<string, unknown>> | undefined,
): string | undefined {
  const holders = [metadata?.mcptoolargs, metadata?.mcpToolArgs, input].map(parsed);
  for (const holder of [...holders, ...holders.map((one) => parsed(one?.arguments))]) {
    const value = holder?.gatewayId ?? holder?.gatewayid;
    if (typeof value === 'string' && value.length <= LONGEST_ARGUMENT) return value.trim();
  }
  return undefined;
}

function parsed(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  if (typeof value !== 'string' || value.length > LONGEST_ARGUMENT * 2) return undefined;
  try {
    return parsed(JSON.parse(value));
  } catch {
    return undefined;
  }
}
