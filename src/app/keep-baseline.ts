import type { KnownGateway } from '../core/baseline.ts';
import {
  type Baseline,
  type BaselineRead,
  dueReads,
  emptyBaseline,
  hasRoom,
  withConfig,
  withFailure,
  withHealth,
} from '../core/baseline.ts';
import { configPrint } from '../core/baseline-config.ts';
import { parseGatewayId } from '../core/resource-id.ts';
import { readSnapshot } from '../evidence/read-snapshot.ts';
import type { Ports } from './ports.ts';

export interface BaselineReport {
  readonly known: number;
  readonly read: number;
  /** Asked, and not answered with anything that says something. */
  readonly failed: number;
  /** Due, and left for a later run: no calls or no time to spare. */
  readonly postponed: number;
}

/** No read begins later than this in a run, so that a run ends well within what the host allows; in milliseconds. */
const BEGIN_WITHIN_MS = 90_000;
/** Reads at once: of backend health, most of the time is waiting. */
const LANES = 2;

/**
 * Reads gateways that have no incident, to know what they look like. It takes only what no incident needs: a gateway with
 * an open incident is left alone, and a subscription whose calls are in demand as well.
 */
export async function keepBaseline(ports: Ports): Promise<BaselineReport> {
  const report = { known: 0, read: 0, failed: 0, postponed: 0 };
  if (ports.baselinePolicy.configMinutes <= 0) return report;
  const startedAt = ports.now().getTime();
  const known = await knownGateways(ports);
  report.known = known.length;
  const waiting = [...dueReads(known, ports.now().toISOString(), ports.baselinePolicy)];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const isLate = ports.now().getTime() - startedAt > BEGIN_WITHIN_MS;
      if (isLate || !(await mayRead(ports, next))) report.postponed += 1;
      else if (await readOne(ports, next)) report.read += 1;
      else report.failed += 1;
    }
  };
  await Promise.all(Array.from({ length: LANES }, work));
  ports.log.info({ event: 'baseline.done', ...report }, 'baselines kept');
  return report;
}

async function knownGateways(ports: Ports): Promise<readonly KnownGateway[]> {
  const [kept, seen] = await Promise.all([ports.baselines.list(), ports.incidents.gateways()]);
  const asked = new Map(kept.map((baseline) => [baseline.gatewayId.toLowerCase(), baseline.asked]));
  const known = new Map<string, KnownGateway>();
  const add = (gateway: KnownGateway) => known.set(gateway.gatewayId.toLowerCase(), gateway);
  for (const gatewayId of ports.watchedGateways) add({ gatewayId, isOpen: false });
  for (const { gatewayId } of kept) add({ gatewayId, isOpen: false });
  for (const gateway of seen) add(gateway);
  return [...known.values()].map((gateway) => ({ ...gateway, asked: asked.get(gateway.gatewayId.toLowerCase()) }));
}

async function mayRead(ports: Ports, read: BaselineRead): Promise<boolean> {
  const gateway = parseGatewayId(read.gatewayId);
  return gateway !== undefined && hasRoom(read, await ports.armRoom(gateway.subscription.toLowerCase()));
}

const EVIDENCE = { config: 'gateway', health: 'backend-health' } as const;

/** Whether it said anything. One gateway that cannot be read does not hold up another. */
async function readOne(ports: Ports, { gatewayId, subject }: BaselineRead): Promise<boolean> {
  try {
    const reader = await ports.openReader(gatewayId);
    const snapshot = await reader.read([EVIDENCE[subject]], { evidence: [] });
    const at = ports.now().toISOString();
    const said = subject === 'config' ? configSaid(ports, snapshot, at) : healthSaid(ports, snapshot, at);
    await ports.baselines.change(gatewayId, (current = emptyBaseline(gatewayId)) =>
      said ? said(current) : withFailure(current, subject, at),
    );
    return said !== undefined;
  } catch (err) {
    ports.log.warn({ event: 'upkeep.failed', part: 'baseline', err }, 'a part of the upkeep failed');
    return false;
  }
}

type Snapshot = Parameters<typeof readSnapshot>[0];
type Said = ((baseline: Baseline) => Baseline) | undefined;

function configSaid({ digest }: Ports, { evidence }: Snapshot, at: string): Said {
  const print = configPrint(evidence.find(({ name, state }) => name === 'gateway' && state === 'ok')?.raw, digest);
  return print && ((baseline) => withConfig(baseline, print, at));
}

function healthSaid({ evidenceKinds }: Ports, snapshot: Snapshot, at: string): Said {
  const { targets = [] } = readSnapshot(snapshot, evidenceKinds).backendHealth ?? {};
  const isTelling = targets.some(({ members }) => members.some(({ health }) => health !== 'unknown'));
  return isTelling ? (baseline) => withHealth(baseline, targets, at) : undefined;
}
