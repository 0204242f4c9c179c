import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSupervisor, type Supervisor } from '../src/local/processes.ts';
import { plainEnvironment, type Stack, startStack } from '../src/local/stack.ts';

/** The daily audit as its timer runs it: over real storage and the real SDK clients, to the receivers of the simulator. */
const run = promisify(execFile);
const trigger = new URL('../src/platform/audit-trigger.ts', import.meta.url).href;
const code = `const { onAudit } = await import(${JSON.stringify(trigger)}); await onAudit({}, {});`;

let supervisor: Supervisor;
let stack: Stack;
let folder: string;

beforeAll(async () => {
  supervisor = createSupervisor();
  folder = mkdtempSync(join(tmpdir(), 'appgw-triage-timer-'));
  stack = await startStack(supervisor, { scenario: 'empty-pool', port: 0 });
  writeFileSync(join(folder, 'authority.pem'), stack.simulator.caPem);
});
afterAll(async () => {
  await supervisor.stop();
  rmSync(folder, { recursive: true, force: true });
});

const comeBy = () =>
  run(process.execPath, ['--input-type=module', '--eval', code], {
    env: {
      ...plainEnvironment(),
      ...stack.settings,
      NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'),
      AUDIT_HOUR: '0',
      ALLOWED_GATEWAYS: `/subscriptions/${stack.simulator.world.subscription}`,
    },
  });

test('one digest reaches everybody but the pager, and the next run says nothing again', async () => {
  const { simulator } = stack;
  await comeBy();
  const [[slack], [teams], [webhook]] = await Promise.all([
    simulator.inbox.accepted('slack', 1),
    simulator.inbox.accepted('teams', 1),
    simulator.inbox.accepted('webhook', 1),
  ]);
  for (const arrival of [slack, teams, webhook])
    expect(JSON.stringify(arrival?.body)).toContain('A rule leads to a pool without members');
  expect(webhook?.body).toMatchObject({
    type: 'appgw-triage.audit.digest',
    data: { kind: 'digest', digest: { audited: 1 } },
  });
  expect(simulator.inbox.of('pagerduty')).toEqual([]);

  const asked = simulator.requests('backend-health');
  expect(asked).toBeGreaterThan(0);
  await comeBy();
  expect(simulator.requests('backend-health')).toBe(asked);
  expect(simulator.inbox.all()).toHaveLength(3);
});
