import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Report } from '../src/app/investigate.ts';
import { accessLogJson, backendHealthJson, GATEWAY_ID, gatewayJson } from '../src/causes/case.ts';
import { rules } from '../src/causes/index.ts';
import { nearestChange } from '../src/core/changes.ts';
import { compose } from '../src/core/compose.ts';
import { diagnose } from '../src/core/diagnose.ts';
import type { Evidence } from '../src/core/evidence.ts';
import { findingsOf } from '../src/core/findings.ts';
import { impactOf } from '../src/core/impact.ts';
import type { Incident } from '../src/core/incident.ts';
import type { Silence } from '../src/core/silence.ts';
import { evidenceKinds } from '../src/evidence/index.ts';
import { readSnapshot } from '../src/evidence/read-snapshot.ts';
import { snapshotFiles } from '../src/evidence/snapshot-files.ts';
import { readSettings } from '../src/platform/settings.ts';
import { ASSET_SOURCES } from '../src/platform/web-assets.ts';
import { createWebDoor } from '../src/platform/web-door.ts';
import { signLink } from '../src/platform/web-links.ts';
import type { WebPorts } from '../src/web/ports.ts';
import { signal } from './memory-ports.ts';

/** Incidents as they are stored, for tests of the pages: made by the same readers and rules, kept in memory. */

export const NOW = '2026-09-14T02:40:00.000Z';
export const WEB_KEY = 'a-key-of-these-tests-that-is-long-enough';
export const LINK_SECRET = 'a-secret-of-these-tests-that-is-long-enough';
export const ORIGIN = 'https://triage.example';

export interface Shelf {
  readonly ports: WebPorts;
  readonly incidents: Incident[];
  readonly documents: Map<string, unknown>;
  readonly silences: Silence[];
  readonly logged: { readonly event: string }[];
  /** Puts a reading of the incident on the shelf, and makes the incident know it. */
  readonly read: (incident: Incident, evidence: readonly Evidence[], takenAt: string) => Incident;
  /** Puts the message of the incident's newest reading on the shelf. */
  readonly tell: (incident: Incident, kind: 'opened' | 'updated' | 'resolved', at: string) => Incident;
}

export function shelf(environment: Readonly<Record<string, string>> = { WEB_KEY, LINK_SECRET }): Shelf {
  const incidents: Incident[] = [];
  const documents = new Map<string, unknown>();
  const silences: Silence[] = [];
  const logged: { event: string }[] = [];
  const now = () => new Date(NOW);
  const put = (incident: Incident) => {
    const at = incidents.findIndex(({ id }) => id === incident.id);
    if (at < 0) incidents.push(incident);
    else incidents[at] = incident;
    return incident;
  };
  const note = (fields: { event: string }) => void logged.push(fields);
  const ports: WebPorts = {
    now,
    log: { info: note, warn: note, error: note },
    door: createWebDoor({ settings: readSettings(environment), environment, now }),
    incidents: {
      get: async (id) => incidents.find((incident) => incident.id === id),
      newest: async () => ({ incidents, known: incidents.length }),
    },
    snapshots: {
      loadDocument: async (path) => structuredClone(documents.get(path)),
      readings: async (id) => [
        ...new Set(
          [...documents.keys()].filter((path) => path.startsWith(`${id}/2`)).map((path) => path.split('/')[1] ?? ''),
        ),
      ],
    },
    silences: {
      list: async () => silences,
      add: async (silence) => void silences.push(silence),
      end: async (id) => {
        silences.splice(
          silences.findIndex((silence) => silence.id === id),
          1,
        );
      },
    },
    rules,
    evidenceKinds,
    portalUrl: 'https://portal.azure.com',
    newId: () => 'a1b2c3d4',
    readFile: (name) => readFile(createRequire(import.meta.url).resolve(ASSET_SOURCES[name])),
  };

  const judged = (evidence: readonly Evidence[], takenAt: string) => {
    const snapshot = { gatewayId: GATEWAY_ID, takenAt, evidence };
    const readings = readSnapshot(snapshot, evidenceKinds);
    return { snapshot, readings, diagnosis: diagnose(readings, rules) };
  };
  const lastRead = new Map<string, ReturnType<typeof judged>>();

  return {
    ports,
    incidents,
    documents,
    silences,
    logged,
    read: (incident, evidence, takenAt) => {
      const { snapshot, readings, diagnosis } = judged(evidence, takenAt);
      lastRead.set(incident.id, { snapshot, readings, diagnosis });
      const folder = `${incident.id}/${takenAt.replace(/[-:.]/g, '')}`;
      for (const { name, document } of snapshotFiles(snapshot)) documents.set(`${folder}/${name}`, document);
      const report: Report = {
        ...diagnosis,
        impact: impactOf(readings).sentence,
        change: nearestChange(readings),
        rounds: [
          { number: 1, asked: [], changed: [] },
          {
            number: 2,
            asked: [{ evidence: 'probe-results', causes: ['wrong-backend-port', 'backend-not-listening'] }],
            changed: ['wrong-backend-port: likely -> confirmed'],
          },
        ],
        ended: 'The best cause is confirmed.',
      };
      documents.set(`${folder}/diagnosis.json`, report);
      const seen = findingsOf(diagnosis, readings, takenAt, (cause) => rules.find(({ id }) => id === cause));
      const findings = seen.length > 0 ? seen : incident.findings;
      return put({ ...incident, snapshot: folder, findings, investigations: incident.investigations + 1 });
    },
    tell: (incident, kind, at) => {
      const last = lastRead.get(incident.id);
      const revision = incident.revision + 1;
      if (!last) return incident;
      const wording = {
        kind,
        revision,
        severity: incident.severity,
        fired: [],
        at,
        portalUrl: 'https://portal.azure.com',
      };
      documents.set(
        `${incident.id}/notification-${revision}.json`,
        compose(incident, last.diagnosis, last.readings, rules, wording),
      );
      return put({ ...incident, revision });
    },
  };
}

export function incident(changes: Partial<Incident> = {}): Incident {
  return {
    id: '0123456789abcdef-0a1b2c3d4e',
    gatewayId: GATEWAY_ID,
    state: 'open',
    severity: 'error',
    isTest: false,
    openedAt: '2026-09-14T02:12:30.000Z',
    updatedAt: '2026-09-14T02:31:00.000Z',
    findings: [],
    signals: [signal({ at: '2026-09-14T02:12:30.000Z' })],
    investigations: 0,
    revision: 0,
    outbox: [],
    reached: [],
    timeline: [
      {
        at: '2026-09-14T02:12:30.000Z',
        event: 'opened',
        reason: 'healthy-hosts-below-one (azure-monitor, fired). No incident of this gateway is open.',
      },
      { at: '2026-09-14T02:12:31.000Z', event: 'paged', reason: 'The severity is error.' },
      {
        at: '2026-09-14T02:13:04.000Z',
        event: 'investigated',
        reason:
          'The backend setting or probe points at a port that the backend does not serve (confirmed): pool-orders~orders-8080.',
      },
      {
        at: '2026-09-14T02:13:05.000Z',
        event: 'notified',
        reason: 'wrong-backend-port is confirmed for pool-orders~orders-8080.',
      },
      { at: '2026-09-14T02:13:06.000Z', event: 'delivered', reason: 'Message 2 was taken by slack.' },
    ],
    ...changes,
  };
}

export function ok(name: string, raw: unknown): Evidence {
  return { name, state: 'ok', takenAt: '2026-09-14T02:13:00.000Z', tookMs: 840, raw };
}

export function failed(name: string, reason: string): Evidence {
  return { name, state: 'failed', reason, tookMs: 30_000 };
}

const MINUTE_MS = 60_000;

/** Minutes of metrics of one pool and setting that fails after a while. */
export function metricsJson(place: string, from: string, minutes: number, failsAfter: number, total: number): unknown {
  const [pool = '', setting = ''] = place.split('~');
  const at = (minute: number) => new Date(Date.parse(from) + minute * MINUTE_MS).toISOString();
  const series = (
    name: string,
    unit: string,
    dimensions: Readonly<Record<string, string>>,
    value: (minute: number) => object,
  ) => ({
    name: { value: name },
    unit,
    timeseries: [
      {
        metadatavalues: Object.entries(dimensions).map(([dimension, text]) => ({
          name: { value: dimension },
          value: text,
        })),
        data: Array.from({ length: minutes }, (_, minute) => ({ timeStamp: at(minute), ...value(minute) })),
      },
    ],
  });
  const count = (number: number) => ({ average: number, minimum: number, maximum: number });
  return {
    value: [
      series('HealthyHostCount', 'Count', { backendsettingspool: place }, (minute) =>
        count(minute < failsAfter ? total : 0),
      ),
      series('UnhealthyHostCount', 'Count', { backendsettingspool: place }, (minute) =>
        count(minute < failsAfter ? 0 : total),
      ),
      series('ResponseStatus', 'Count', { httpstatusgroup: '5xx' }, (minute) => ({
        total: minute < failsAfter ? 0 : 60 + ((minute * 37) % 40),
      })),
      series(
        'BackendLastByteResponseTime',
        'MilliSeconds',
        { backendpool: pool, backendhttpsetting: setting },
        (minute) => (minute < failsAfter ? { average: 38 + ((minute * 13) % 22) } : {}),
      ),
    ],
  };
}

const CANNOT_CONNECT =
  'Cannot connect to backend server. Check whether any NSG/UDR/Firewall is blocking access to the server.';

/** A gateway of which one pool lost its port. */
export function wrongPort(): readonly Evidence[] {
  const gateway = gatewayJson({
    pools: { 'pool-orders': ['10.20.2.10', '10.20.2.11'], 'pool-web': ['10.20.1.5', '10.20.1.6'] },
    settings: { 'orders-8080': { port: 8080, probe: 'probe-orders' }, 'web-80': { port: 80 } },
    probes: { 'probe-orders': { path: '/healthz', host: 'orders.shop.example' } },
    routes: [
      ['pool-web', 'web-80'],
      ['pool-orders', 'orders-8080', ['/orders/*', '/cart/*']],
    ],
    listenerHosts: ['shop.example'],
  });
  const target = { pool: 'pool-orders', setting: 'orders-8080' };
  return [
    ok(
      'backend-health',
      backendHealthJson({
        'pool-orders~orders-8080': [
          ['10.20.2.10', 'Unhealthy', CANNOT_CONNECT],
          ['10.20.2.11', 'Unhealthy', CANNOT_CONNECT],
        ],
        'pool-web~web-80': [
          ['10.20.1.5', 'Healthy', 'Success. Received 200 status code'],
          ['10.20.1.6', 'Healthy', 'Success. Received 200 status code'],
        ],
      }),
    ),
    ok('gateway', gateway),
    ok(
      'access-log',
      accessLogJson([
        {
          ...target,
          times: 40,
          at: '2026-09-14T01:50:00Z',
          status: 200,
          serverStatus: '200',
          routed: '10.20.2.7:8080',
        },
        { ...target, times: 90, at: '2026-09-14T02:10:00Z', status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
      ]),
    ),
    ok('metrics', metricsJson('pool-orders~orders-8080', '2026-09-14T01:35:00Z', 60, 35, 2)),
    ok('resource-health', { properties: { availabilityState: 'Available', occurredTime: '2026-09-13T10:00:00Z' } }),
    failed('firewall-log', 'Log Analytics refused: the identity may not read this table.'),
  ];
}

/** The path of the link of a message, as far as it is signed. */
export function linkPath(incidentId: string, expires = Math.floor(Date.parse(NOW) / 1_000) + 3_600): string {
  return `/api/web/link/${expires}/${signLink(LINK_SECRET, incidentId, String(expires))}/incidents/${incidentId}`;
}
