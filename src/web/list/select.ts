import { describeGateway } from '../../core/compose-page.ts';
import type { Finding } from '../../core/findings.ts';
import type { Incident, IncidentState } from '../../core/incident.ts';
import type { Severity } from '../../core/severity.ts';
import { VERDICT_LEVELS, type VerdictLevel } from '../../core/verdict.ts';

/** An incident in a line of a list. */
export interface IncidentSummary {
  readonly id: string;
  readonly gateway: {
    readonly id: string;
    readonly name: string;
    readonly resourceGroup?: string;
    readonly subscription?: string;
  };
  readonly state: IncidentState;
  readonly severity: Severity;
  readonly isTest: boolean;
  readonly openedAt: string;
  readonly updatedAt: string;
  readonly resolvedAt?: string;
  /** The causes that were named, the surest first, each once. */
  readonly causes: readonly NamedCause[];
}

export interface NamedCause {
  readonly cause: string;
  readonly verdict: VerdictLevel;
  /** Where; absent for the gateway as a whole. */
  readonly pool?: string;
  readonly setting?: string;
}

/** What a list is narrowed to. Absent parts mean "all of it". */
export interface Filter {
  /** `ongoing`: everything that is not resolved. */
  readonly state?: IncidentState | 'ongoing';
  readonly severity?: Severity;
  readonly cause?: string;
  /** A part of a gateway's resource id, in any case. */
  readonly gateway?: string;
}

/** One cause at several gateways at once: one thing to mend, most often. */
export interface Family {
  readonly cause: string;
  readonly incidents: readonly IncidentSummary[];
}

export interface Selection {
  readonly page: readonly IncidentSummary[];
  /** How many fit the filter. */
  readonly total: number;
  readonly offset: number;
  readonly families: readonly Family[];
}

export const PAGE_SIZE = 25;
export const MOST_PER_PAGE = 100;

/** Pure. */
export function select(
  incidents: readonly Incident[],
  filter: Filter,
  { offset = 0, limit = PAGE_SIZE }: { readonly offset?: number; readonly limit?: number } = {},
): Selection {
  const fitting = incidents.map(summaryOf).filter((incident) => fits(incident, filter));
  return { page: fitting.slice(offset, offset + limit), total: fitting.length, offset, families: familiesIn(fitting) };
}

export function summaryOf(incident: Incident): IncidentSummary {
  const { id, state, severity, isTest, openedAt, updatedAt, resolvedAt, gatewayId } = incident;
  const { portalUrl: _link, ...gateway } = describeGateway(gatewayId, '');
  return {
    id,
    gateway: Object.fromEntries(Object.entries(gateway).filter(([, value]) => value !== undefined)) as typeof gateway,
    ...{ state, severity, isTest, openedAt, updatedAt },
    ...(resolvedAt === undefined ? {} : { resolvedAt }),
    causes: causesOf(incident.findings),
  };
}

function causesOf(findings: readonly Finding[]): readonly NamedCause[] {
  const all = findings.flatMap(({ causes, pool, setting }) =>
    causes.map(({ cause, verdict }) => ({
      cause,
      verdict,
      ...(pool === undefined ? {} : { pool }),
      ...(setting === undefined ? {} : { setting }),
    })),
  );
  const surest = all.toSorted(
    (left, right) => VERDICT_LEVELS.indexOf(left.verdict) - VERDICT_LEVELS.indexOf(right.verdict),
  );
  return surest.filter(({ cause }, index) => surest.findIndex((other) => other.cause === cause) === index);
}

function fits({ state, severity, causes, gateway }: IncidentSummary, filter: Filter): boolean {
  if (filter.state === 'ongoing' ? state === 'resolved' : filter.state !== undefined && filter.state !== state)
    return false;
  if (filter.severity !== undefined && filter.severity !== severity) return false;
  if (filter.cause !== undefined && !causes.some(({ cause }) => cause === filter.cause)) return false;
  return filter.gateway === undefined || gateway.id.toLowerCase().includes(filter.gateway.toLowerCase());
}

/** Only what goes on makes a family, and tests belong to none. The largest first. */
function familiesIn(incidents: readonly IncidentSummary[]): readonly Family[] {
  const members = new Map<string, IncidentSummary[]>();
  for (const incident of incidents) {
    if (incident.state === 'resolved' || incident.isTest) continue;
    for (const { cause } of incident.causes) members.set(cause, [...(members.get(cause) ?? []), incident]);
  }
  return [...members]
    .map(([cause, all]) => ({ cause, incidents: all }))
    .filter(({ incidents: all }) => new Set(all.map(({ gateway }) => gateway.id.toLowerCase())).size > 1)
    .toSorted((left, right) => right.incidents.length - left.incidents.length);
}
