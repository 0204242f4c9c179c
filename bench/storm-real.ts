import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from '../scripts/build.ts';
import { startAzurite } from '../src/local/azurite.ts';
import { type Child, createSupervisor, startChild } from '../src/local/processes.ts';
import { plainEnvironment } from '../src/local/stack.ts';
import { createPorts } from '../src/platform/ports.ts';
import { readSettings } from '../src/platform/settings.ts';
import { openStorage } from '../src/platform/storage.ts';
import type { Arrival } from '../src/simulator/inbox.ts';
import { startSimulator } from '../src/simulator/simulator.ts';
import { alertOf, mend, startManyGateways } from '../test/many-gateways.ts';
import { mostWithin } from './storm-time.ts';

/**
 * A smaller storm of real processes: hosts with the built functions, Azurite, Resource Manager of many gateways, and
 * receivers of which one hangs and one throttles. Storage stands still for some seconds.
 */
export interface RealStorm {
  readonly gateways: number;
  readonly hosts: number;
}

export interface RealStormResult {
  readonly seconds: number;
  readonly accepted: number;
  readonly resolved: number;
  /** Messages that each sink took, and how many of them it was told before. */
  readonly taken: Readonly<Record<string, number>>;
  readonly repeated: number;
  readonly arm: { readonly calls: number; readonly throttled: number; readonly mostInTenSeconds: number };
  /** The most memory that each host ever held, in MB; absent where the system does not say. */
  readonly hostPeakMb: readonly (number | undefined)[];
  readonly problems: readonly string[];
}

const project = join(import.meta.dirname, '..');
const SINKS = ['pagerduty', 'slack', 'teams', 'webhook'] as const;
const STORAGE_STANDS_MS = 10_000;
const SINK_HANGS_MS = 60_000;
const BOUND_MS = 15 * 60_000;
/** Resource Manager throttles these of its requests: the first that come when all investigations are under way. */
const THROTTLED = { from: 150, to: 190, retryAfterSeconds: 5 };

export async function playRealStorm({ gateways, hosts }: RealStorm): Promise<RealStormResult> {
  const startedAt = performance.now();
  const folder = join(project, '.local', `run-${process.pid}`);
  const dist = join(folder, 'storm-dist');
  mkdirSync(dist, { recursive: true });
  await build({ root: project, outdir: dist });
  const supervisor = createSupervisor();
  const names = Array.from({ length: gateways }, (_, index) => `gw-storm-${String(index).padStart(3, '0')}`);
  const throttle = (request: number) =>
    request >= THROTTLED.from && request < THROTTLED.to ? THROTTLED.retryAfterSeconds : undefined;
  const azure = await startManyGateways({ scenario: 'gateway-stopped', names, throttle });
  try {
    const azurite = await supervisor.start((abort) => startAzurite({ abort }));
    const { receivers } = await supervisor.start(async () => {
      const started = await startSimulator({ scenario: 'all-healthy' });
      return { receivers: started, stop: started.close };
    });
    writeFileSync(join(folder, 'authority.pem'), azure.caPem);
    const { httpUrl, identity } = receivers;
    const settings = {
      FUNCTIONS_WORKER_RUNTIME: 'node',
      AzureWebJobsStorage: azurite.connectionString,
      ARM_ENDPOINT: azure.url,
      LOGS_ENDPOINT: azure.url,
      ...identity,
      HOLD_DOWN_MINUTES: '1',
      SEND_SECONDS: '8',
      SLACK_WEBHOOK_URL: `${httpUrl}/slack/services/T000/B000/XXXX`,
      TEAMS_WEBHOOK_URL: `${httpUrl}/teams/workflows/drill`,
      PAGERDUTY_ROUTING_KEY: '0'.repeat(32),
      PAGERDUTY_EVENTS_URL: `${httpUrl}/pagerduty/v2/enqueue`,
      WEBHOOK_URL: `${httpUrl}/webhook`,
      AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:05',
    };
    const running = await Promise.all(
      Array.from({ length: hosts }, () =>
        supervisor.start((abort) =>
          startChild({
            name: 'A host',
            entry: join(project, 'src/local/host/main.ts'),
            args: ['--root', dist, '--port', '0'],
            env: { ...plainEnvironment(), ...settings, NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') },
            cwd: folder,
            readReady: (message) => message as { url: string },
            readyWithinMs: 120_000,
            abort,
          }),
        ),
      ),
    );
    receivers.setFault({ endpoint: 'teams', kind: 'hang' });
    receivers.setFault({ endpoint: 'slack', kind: 'throttled', times: gateways, retryAfterSeconds: 2 });

    const accepted = new Set<string>();
    const post = async (url: string, body: string): Promise<void> => {
      const end = performance.now() + BOUND_MS;
      while (performance.now() < end) {
        const answer = await fetch(`${url}/api/alerts/azure-monitor`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        }).catch(() => undefined);
        const { incidentId } = ((await answer?.json().catch(() => ({}))) ?? {}) as { incidentId?: unknown };
        if (answer?.status === 202 && typeof incidentId === 'string') return void accepted.add(incidentId);
        await sleep(1_000);
      }
    };
    const urlOf = (index: number) => running[index % running.length]?.ready.url ?? '';
    const alerts = azure.worlds.map(async (world, index) => {
      await sleep((index * 20_000) / gateways);
      await post(urlOf(index), alertOf(world));
      if (index % 3 === 0) await post(urlOf(index + 1), alertOf(world));
    });
    await sleep(5_000);
    await standStill(azurite.pid);
    await Promise.all(alerts);
    await sleep(Math.max(0, SINK_HANGS_MS - (performance.now() - startedAt)));
    const { incidents } = createPorts({ ...settings, LOG_LEVEL: 'error' });
    const end = performance.now() + BOUND_MS;
    const all = () => Promise.all([...accepted].map((id) => incidents.get(id)));
    // A gateway that is well before anybody has read it is another story: only who was paged hears of that.
    while ((await all()).some((incident) => incident?.investigations === 0) && performance.now() < end)
      await sleep(1_000);
    receivers.clearFaults('teams');
    mend(azure.worlds);
    await Promise.all(azure.worlds.map((world, index) => post(urlOf(index), alertOf(world, {}, 'Resolved'))));

    const storage = openStorage(readSettings(settings));
    for (;;) {
      const found = await all();
      const left = await Promise.all(
        ['investigate', 'deliver'].map(async (name) => (await storage.queue(name)).getProperties()),
      );
      const isDone = found.every((incident) => incident?.state === 'resolved' && incident.outbox.length === 0);
      if ((isDone && left.every((queue) => queue.approximateMessagesCount === 0)) || performance.now() > end) break;
      await sleep(1_000);
    }
    const found = await all();
    const taken = receivers.inbox.all().filter(isOfIncident);
    const contents = taken.map(({ receiver, body }) => `${receiver} ${JSON.stringify(body)}`);
    const poison = await Promise.all(
      ['investigate-poison', 'deliver-poison'].map(async (name) => (await storage.queue(name)).getProperties()),
    );
    return {
      seconds: Math.round((performance.now() - startedAt) / 1_000),
      accepted: accepted.size,
      resolved: found.filter((incident) => incident?.state === 'resolved').length,
      taken: Object.fromEntries(SINKS.map((sink) => [sink, taken.filter(({ receiver }) => receiver === sink).length])),
      repeated: contents.length - new Set(contents).size,
      arm: {
        calls: azure.armRequests.length,
        throttled: azure.throttled(),
        mostInTenSeconds: mostWithin(azure.armRequests, 10_000),
      },
      hostPeakMb: running.map(peakMb),
      problems: [
        ...SINKS.flatMap((sink) => {
          const told = taken.filter(({ receiver, body }) => receiver === sink && IS_END.test(JSON.stringify(body)));
          return told.length === gateways ? [] : [`${sink} was told of ${told.length} ends.`];
        }),
        // What may come at once, what is refilled in ten seconds, what each host has leased, and the door's own reads.
        ...(mostWithin(azure.armRequests, 10_000) <= 200 + 10 * 10 + 8 * hosts + gateways
          ? []
          : ['Resource Manager was asked more often than is allowed.']),
        ...(poison.some((queue) => queue.approximateMessagesCount !== 0) ? ['A message was given up.'] : []),
      ],
    };
  } finally {
    await supervisor.stop();
    await azure.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** PagerDuty is told of changes as well, beside the incidents. */
function isOfIncident({ receiver, outcome, body }: Arrival): boolean {
  return outcome === 'accepted' && (receiver !== 'pagerduty' || JSON.stringify(body).includes('"event_action"'));
}

const IS_END = /"event_action":"resolve"|"kind":"resolved"|✅ Resolved/;

/** Storage answers nobody for a while, as if its network were gone. */
async function standStill(pid: number | undefined): Promise<void> {
  if (pid === undefined || process.platform === 'win32') return;
  process.kill(pid, 'SIGSTOP');
  await sleep(STORAGE_STANDS_MS);
  process.kill(pid, 'SIGCONT');
}

function peakMb({ pid }: Child<unknown>): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024);
  } catch {
    return undefined;
  }
}
