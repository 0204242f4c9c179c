import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { build } from '../scripts/build.ts';
import type { Incident } from '../src/core/incident.ts';
import { type Azurite, startAzurite } from '../src/local/azurite.ts';
import { type Child, startChild } from '../src/local/processes.ts';
import { plainEnvironment } from '../src/local/stack.ts';
import { createPorts } from '../src/platform/ports.ts';
import { readSettings } from '../src/platform/settings.ts';
import { openStorage } from '../src/platform/storage.ts';
import { type Simulator, startSimulator } from '../src/simulator/simulator.ts';
import { alertOf, type ManyGateways, mend, startManyGateways } from './many-gateways.ts';

/**
 * Several hosts, each a process with the built functions, work on the same storage and queues. Their notifications are
 * those of one host: the same to each sink about each gateway, in the same order, none twice.
 */

/** Reads that time out on a machine that stands still are news to people; such a run says so, and is made once more. */
jest.retryTimes(1, { logErrorsBeforeRetry: true });

const project = join(import.meta.dirname, '..');
const folder = join(project, '.local', `run-${process.pid}`);
const dist = join(folder, 'hosts-dist');
const GATEWAYS = 6;
const SINKS = ['pagerduty', 'slack', 'teams', 'webhook'];

let azurite: Azurite;
let receivers: Simulator;
beforeAll(async () => {
  mkdirSync(dist, { recursive: true });
  await build({ root: project, outdir: dist });
  azurite = await startAzurite();
  receivers = await startSimulator({ scenario: 'all-healthy' });
});
afterAll(async () => {
  await azurite?.stop();
  await receivers?.close();
  rmSync(folder, { recursive: true, force: true });
});

function settingsFor(azure: ManyGateways): Record<string, string> {
  const { httpUrl, identity } = receivers;
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: azurite.connectionString,
    ARM_ENDPOINT: azure.url,
    LOGS_ENDPOINT: azure.url,
    ...identity,
    ARM_CALLS_PER_SECOND: '25',
    HOLD_DOWN_MINUTES: '0',
    // Whether a short page or the diagnosis is first depends on the machine; that there is one of each does not.
    PAGE_FIRST_FROM: 'critical',
    PAGE_WITHIN_MINUTES: '60',
    SLACK_WEBHOOK_URL: `${httpUrl}/slack/services/T000/B000/XXXX`,
    TEAMS_WEBHOOK_URL: `${httpUrl}/teams/workflows/drill`,
    PAGERDUTY_ROUTING_KEY: '0'.repeat(32),
    PAGERDUTY_EVENTS_URL: `${httpUrl}/pagerduty/v2/enqueue`,
    WEBHOOK_URL: `${httpUrl}/webhook`,
    AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:00.2',
    AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:01',
  };
}

function startHost(settings: Readonly<Record<string, string>>): Promise<Child<{ url: string }>> {
  return startChild({
    name: 'A host',
    entry: join(project, 'src/local/host/main.ts'),
    args: ['--root', dist, '--port', '0'],
    env: { ...plainEnvironment(), ...settings, NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') },
    cwd: folder,
    readReady: (message) => message as { url: string },
    readyWithinMs: 120_000,
  });
}

/** Gateways alert all at once, several alerts each, through any of the hosts; then they are mended. */
async function play(hosts: number): Promise<readonly string[]> {
  const names = Array.from({ length: GATEWAYS }, (_, index) => `gw-${hosts}-hosts-${index}`);
  const azure = await startManyGateways({ scenario: 'gateway-stopped', names });
  writeFileSync(join(folder, 'authority.pem'), azure.caPem);
  const settings = settingsFor(azure);
  const { incidents } = createPorts({ ...settings, LOG_LEVEL: 'error' });
  const storage = openStorage(readSettings(settings));
  receivers.inbox.clear();
  const running = await Promise.all(Array.from({ length: hosts }, () => startHost(settings)));
  try {
    let turn = 0;
    const post = async (body: string): Promise<string> => {
      const { url } = running[turn++ % running.length]?.ready ?? { url: '' };
      const answer = await fetch(`${url}/api/alerts/azure-monitor`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(answer.status).toBe(202);
      return String(((await answer.json()) as { incidentId?: unknown }).incidentId);
    };
    /** Until nothing is queued and every incident fits. */
    const until = async (ids: readonly string[], fits: (incident: Incident) => boolean) => {
      for (;;) {
        const left = await Promise.all(
          ['investigate', 'deliver'].map(
            async (name) => (await (await storage.queue(name)).getProperties()).approximateMessagesCount,
          ),
        );
        const found = await Promise.all(ids.map((id) => incidents.get(id)));
        if (left.every((count) => count === 0) && found.every((incident) => incident && fits(incident))) return;
        await sleep(100);
      }
    };

    // The same alert twice, and another rule of the same gateway, all at the same moment.
    const alerts = azure.worlds.flatMap((world) => {
      const first = alertOf(world);
      return [first, first, alertOf(world, { alertId: 'other', alertRule: 'another-rule' })];
    });
    const answered = await Promise.all(alerts.map(post));
    const ids = names.map((_, index) => answered[index * 3] ?? '');
    expect(new Set(answered)).toEqual(new Set(ids));
    expect(new Set(ids).size).toBe(GATEWAYS);
    await until(ids, ({ told, outbox }) => told !== undefined && outbox.length === 0);

    mend(azure.worlds);
    for (const alertId of ['first', 'other']) {
      await Promise.all(azure.worlds.map((world) => post(alertOf(world, { alertId }, 'Resolved'))));
      await until(ids, ({ state, outbox }) => state !== 'open' && outbox.length === 0);
    }
    await until(ids, ({ state, outbox }) => state === 'resolved' && outbox.length === 0);
    return receivers.inbox.all().flatMap(({ receiver, outcome, body }) => {
      const text = JSON.stringify(body);
      // PagerDuty is told of changes as well, beside the incidents.
      if (receiver === 'pagerduty' && !text.includes('"event_action"')) return [];
      // PagerDuty's end of an incident names the incident alone.
      const number = names.findIndex((name, index) => text.includes(name) || text.includes(ids[index] ?? ''));
      const isEnd = /"event_action":"resolve"|"kind":"resolved"|✅ Resolved/.test(text);
      return [`${receiver} gateway ${number} ${outcome} ${isEnd ? 'resolved' : 'opened'}`];
    });
  } finally {
    await Promise.all(running.map((host) => host.stop()));
    await azure.close();
  }
}

test('two and four hosts tell what one tells, each thing once', async () => {
  const one = await play(1);
  const expected = SINKS.flatMap((sink) =>
    Array.from({ length: GATEWAYS }, (_, number) => [
      `${sink} gateway ${number} accepted opened`,
      `${sink} gateway ${number} accepted resolved`,
    ]).flat(),
  );
  expect(one.toSorted()).toEqual(expected.toSorted());
  for (const hosts of [2, 4]) {
    const several = await play(hosts);
    expect([hosts, several.toSorted()]).toEqual([hosts, one.toSorted()]);
    // Each gateway's end comes after its beginning.
    for (const line of several.filter((each) => each.endsWith('resolved'))) {
      const beginning = several.indexOf(line.replace('resolved', 'opened'));
      expect([line, beginning >= 0 && beginning < several.indexOf(line)]).toEqual([line, true]);
    }
  }
}, 600_000);
