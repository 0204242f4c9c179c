import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Incident } from '../src/core/incident.ts';
import { isSettled } from '../src/local/drill.ts';
import { createSupervisor, type Supervisor } from '../src/local/processes.ts';
import { plainEnvironment, type Stack, startStack } from '../src/local/stack.ts';
import { createPorts } from '../src/platform/ports.ts';
import { alertFor } from '../src/simulator/alert.ts';
import { gatewayId } from '../src/simulator/world.ts';

/**
 * An alert fires, and its webhook is lost. Azure's own list has it: it is found there, investigated by the running
 * functions and told; and the webhook that arrives after all joins what is open.
 */

const project = join(import.meta.dirname, '..');
const run = promisify(execFile);
/** A webhook is given five minutes before the list is believed. */
const FIRED_MS_AGO = 7 * 60_000;

let folder: string;
let supervisor: Supervisor;
let stack: Stack;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'appgw-triage-lost-'));
  supervisor = createSupervisor();
  let behindMs = FIRED_MS_AGO;
  stack = await startStack(supervisor, {
    scenario: 'wrong-port',
    port: 0,
    // The world begins, and its alert fires, some minutes before the functions run.
    now: () => new Date(Date.now() - behindMs),
    settings: ({ world }) => ({ ALLOWED_GATEWAYS: gatewayId(world) }),
  });
  behindMs = 0;
  writeFileSync(join(folder, 'authority.pem'), stack.simulator.caPem);
});
afterAll(async () => {
  await supervisor?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** As the timers do, in a process with the settings of the functions: the gateway is read while nobody knows of trouble. */
async function keepBaselineAndReconcile(): Promise<{ readonly read: number; readonly found: number }> {
  const script = `
    const { createPorts } = await import('${join(project, 'src/platform/ports.ts')}');
    const { reconcile } = await import('${join(project, 'src/app/reconcile.ts')}');
    const { keepBaseline } = await import('${join(project, 'src/app/keep-baseline.ts')}');
    const ports = createPorts({ ...process.env, LOG_LEVEL: 'error' });
    const { read } = await keepBaseline(ports);
    console.log(JSON.stringify({ read, found: await reconcile(ports) }));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    env: {
      ...plainEnvironment(),
      ...stack.settings,
      NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'),
    } as NodeJS.ProcessEnv,
  });
  return JSON.parse(stdout);
}

async function incidents(): Promise<readonly Incident[]> {
  const found: Incident[] = [];
  const ports = createPorts({ ...stack.settings, LOG_LEVEL: 'error' });
  for await (const incident of ports.incidents.unresolved()) found.push(incident);
  return found;
}

/** Until everything that was decided has been taken. */
async function settled(): Promise<Incident> {
  for (;;) {
    const [incident] = await incidents();
    if (incident && incident.investigations > 0 && isSettled(incident, 4)) return incident;
    await sleep(200);
  }
}

const heard = () =>
  stack.simulator.inbox
    .all()
    .filter(({ outcome, action }) => outcome === 'accepted' && action !== 'change')
    .map(({ receiver }) => receiver);

test('an alert whose webhook was lost is found, told once to everybody, and joined by its late webhook', async () => {
  expect(await incidents()).toEqual([]);
  expect(await keepBaselineAndReconcile()).toEqual({ read: 2, found: 1 });
  const incident = await settled();
  expect(incident.signals).toHaveLength(1);
  expect(incident.findings.flatMap(({ causes }) => causes.map(({ cause }) => cause))).toContain('wrong-backend-port');
  // Two readings of one configuration, by two programs, are the same.
  expect(incident.before).toMatchObject({ config: { seenAt: expect.any(String) } });
  expect(incident.before?.config).not.toHaveProperty('change');
  expect(incident.before?.places.length).toBeGreaterThan(0);
  const first = heard().toSorted();
  expect(new Set(first)).toEqual(new Set(['pagerduty', 'slack', 'teams', 'webhook']));
  // Only the pager is told twice: at once, and with the cause.
  expect(first.filter((receiver) => receiver !== 'pagerduty')).toHaveLength(3);

  // The list says the same ten minutes later.
  expect(await keepBaselineAndReconcile()).toEqual({ read: 0, found: 0 });

  const { world } = stack.simulator;
  const answer = await fetch(`${stack.hostUrl}/api/alerts/azure-monitor`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-functions-key': stack.functionKey },
    body: JSON.stringify(alertFor(world, { at: new Date(world.startedAt) })),
  });
  expect(await answer.json()).toMatchObject({
    incidentId: incident.id,
    outcome: expect.stringMatching(/^(join|repeat)$/),
  });
  while ((await incidents())[0]?.investigations === incident.investigations) await sleep(200);
  expect(await incidents()).toHaveLength(1);
  expect(heard().toSorted()).toEqual(first);
}, 180_000);
