import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { isNamed } from '../src/core/verdict.ts';
import { playDrill } from '../src/local/drill.ts';
import { createSupervisor, type Supervisor } from '../src/local/processes.ts';
import { type Stack, startStack } from '../src/local/stack.ts';
import { createPorts } from '../src/platform/ports.ts';

let supervisor: Supervisor;
let stack: Stack;

async function start(scenario: 'wrong-port' | 'all-healthy') {
  supervisor = createSupervisor();
  stack = await startStack(supervisor, { scenario, port: 0 });
}

async function post(body: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(`${stack.hostUrl}/api/alerts/azure-monitor`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-functions-key': stack.functionKey, ...headers },
    body,
  });
  const text = await answer.text();
  return { status: answer.status, text, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}

describe('the door', () => {
  beforeAll(() => start('all-healthy'));

  test.each([
    ['another content type', '{}', { 'content-type': 'text/plain' }, 415, 'content-type-not-json'],
    ['broken JSON', '{"data":', {}, 400, 'body-not-json'],
    ['nothing', '', {}, 400, 'body-empty'],
    ['more than 1 MiB', `{"a":"${'x'.repeat(1_048_576)}"}`, {}, 413, 'body-too-large'],
    ['JSON that is no alert', '{"hello":"world"}', {}, 400, 'common-schema-required'],
    ['a list', '[]', {}, 400, 'not-an-object'],
  ])('%s is refused with one clear error', async (_name, body, headers, status, code) => {
    const answer = await post(body, headers);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ error: { code, message: expect.stringMatching(/\.$/) } });
  });

  test('nobody comes in without the key', async () => {
    expect((await post('{}', { 'x-functions-key': 'guess' })).status).toBe(401);
  });

  test('an alert about something else is accepted and set aside with the reason', async () => {
    const alert = JSON.stringify(stack.simulator.alert()).replaceAll(/applicationGateways/gi, 'loadBalancers');
    const answer = await post(alert);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ outcome: 'set-aside', reason: expect.stringMatching(/\.$/) });
  });

  test('the same alert ten times at once is one incident', async () => {
    const alert = JSON.stringify(stack.simulator.alert());
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(alert)));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([202]));
    expect(new Set(answers.map((answer) => answer.body.incidentId)).size).toBe(1);
  });

  test('storage that is gone is answered 503, so that the alert comes again', async () => {
    const settings = { ...stack.settings, AzureWebJobsStorage: deadStorage(stack), LOG_LEVEL: 'error' };
    const { receiveSignal } = await import('../src/app/receive-alert.ts');
    const { parseAzureMonitorAlert } = await import('../src/signals/azure-monitor/index.ts');
    const ports = { ...createPorts(settings), log: { info: () => {}, warn: () => {}, error: () => {} } };
    const receipt = await receiveSignal(
      ports,
      parseAzureMonitorAlert(stack.simulator.alert(), (text) => text),
    );
    expect(receipt).toMatchObject({ status: 503, body: { error: { code: 'StorageUnavailable' } } });
  });
});

describe('a bad day', () => {
  afterEach(() => supervisor.stop());

  test('throttled, failing and resetting services still end in one incident, told everywhere exactly once', async () => {
    await supervisor.stop();
    await start('wrong-port');
    const { simulator, settings } = stack;
    simulator.setFault({ endpoint: 'slack', kind: 'throttled', times: 2, retryAfterSeconds: 1 });
    simulator.setFault({ endpoint: 'pagerduty', kind: 'server-error', times: 1 });
    simulator.setFault({ endpoint: 'teams', kind: 'reset', times: 1 });
    simulator.setFault({ endpoint: 'metrics', kind: 'malformed' });
    simulator.setFault({ endpoint: 'resource-health', kind: 'forbidden' });

    const { incident, report } = await playDrill(stack);
    const told = simulator.inbox
      .all()
      .filter((arrival) => arrival.outcome === 'accepted' && arrival.action !== 'change')
      .map((arrival) => arrival.receiver);
    // The pager was told at once, and again with the cause.
    expect(told.toSorted()).toEqual(['pagerduty', 'pagerduty', 'slack', 'teams', 'webhook']);
    expect(report.verdicts.find(isNamed)?.cause).toBe('wrong-backend-port');
    const states = Object.fromEntries(report.evidence.map(({ name, state, reason }) => [name, [state, reason]]));
    expect(states.metrics?.[0]).toBe('failed');
    expect(states['resource-health']).toEqual(['failed', expect.stringContaining('403')]);
    expect(incident.timeline.filter((entry) => entry.event === 'delivery-failed')).toEqual([]);

    const { snapshots } = createPorts({ ...settings, LOG_LEVEL: 'error' });
    const notification = JSON.stringify(await snapshots.loadDocument(incident.told?.notification ?? ''));
    expect(notification).toContain('resource-health');
  });

  test('when nothing at all can be read, people are told so, and which right is missing', async () => {
    await start('wrong-port');
    for (const endpoint of ['gateway', 'backend-health', 'metrics', 'resource-health', 'logs'] as const) {
      stack.simulator.setFault({ endpoint, kind: 'forbidden' });
    }
    const { report } = await playDrill(stack);
    expect(report.verdicts.filter((verdict) => verdict.verdict === 'confirmed')).toEqual([]);
    const [slack] = stack.simulator.inbox.of('slack');
    expect(JSON.stringify(slack?.body)).toContain('Microsoft.Network/applicationGateways/backendhealth/action');
  });
});

function deadStorage({ settings }: Stack): string {
  return String(settings.AzureWebJobsStorage).replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:9');
}
