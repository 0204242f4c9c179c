import type { GatewayReader } from '../app/ports.ts';
import type { Evidence, Snapshot } from '../core/evidence.ts';
import type { Readings } from '../core/readings.ts';
import { evidenceKinds } from '../evidence/index.ts';
import { readSnapshot } from '../evidence/read-snapshot.ts';
import { audit, type GatewayAudit } from '../prevention/audit.ts';
import { auditSteps, checks } from '../prevention/index.ts';
import { auditReadings } from './audit-posture.ts';
import type { ClientOptions } from './azure-clients.ts';
import { openReader } from './gateway-reader.ts';
import type { Settings } from './settings.ts';

/** Calls of Resource Manager for one gateway. A whole audit takes 15 to 20; backend health is asked for until it is there. */
const MAX_CALLS = 30;
/** A day: peaks of load and slow hours come and go with it. */
const LOOKBACK_MINUTES = 1_440;

/** Opens the reading of one gateway for an audit: as an investigation reads, over a day and with a smaller budget. */
export function openAuditReader(
  settings: Settings,
  gatewayId: string,
  now: () => Date,
  shared: Pick<ClientOptions, 'allowance' | 'sharedReads'> = {},
): Promise<GatewayReader> {
  const own = {
    ...settings,
    ARM_CALLS: Math.min(settings.ARM_CALLS, MAX_CALLS),
    LOOKBACK_MINUTES,
    PROBER_ENABLED: false,
  };
  return openReader(own, gatewayId, now, shared);
}

/** Reads a gateway step by step, each with what the steps before it found. Never throws for what Azure did. */
export async function readForAudit(gatewayId: string, reader: GatewayReader): Promise<Snapshot> {
  let evidence: readonly Evidence[] = [];
  let takenAt: string | undefined;
  let readings: Readings = { evidence: [] };
  for (const names of auditSteps) {
    if (reader.spent() !== undefined) break;
    const snapshot = await reader.read(names, readings);
    takenAt ??= snapshot.takenAt;
    evidence = [...evidence, ...snapshot.evidence];
    readings = readSnapshot({ gatewayId, takenAt, evidence }, evidenceKinds);
  }
  return { gatewayId, ...(takenAt === undefined ? {} : { takenAt }), evidence };
}

/** What the checks make of a snapshot. Pure. `readAt` is the time to compare dates with where the snapshot has none. */
export function auditSnapshot(snapshot: Snapshot, readAt?: string): GatewayAudit {
  const read = readSnapshot(snapshot, evidenceKinds);
  const takenAt = read.takenAt ?? readAt;
  const readings = takenAt === undefined ? read : { ...read, takenAt };
  return audit(auditReadings(readings, snapshot.evidence), checks);
}

/** Whether anything could be read of the gateway itself; its reason where not. */
export function unreadReason({ evidence }: Pick<Snapshot, 'evidence'>): string | undefined {
  const gateway = evidence.find(({ name }) => name === 'gateway');
  if (gateway?.state === 'ok') return undefined;
  return gateway?.reason ?? 'its configuration was not read';
}
