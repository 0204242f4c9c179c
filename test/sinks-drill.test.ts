import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Incident } from '../src/core/incident.ts';
import { createSupervisor, type Supervisor } from '../src/local/processes.ts';
import { type Stack, startStack } from '../src/local/stack.ts';
import { createPorts } from '../src/platform/ports.ts';
import { type EventHubs, startEventHubs } from '../src/simulator/event-hubs/event-hubs.ts';
import { gatewayId } from '../src/simulator/world.ts';

/**
 * The sinks that a plain drill does not have, over the built functions: an incident that PagerDuty opened itself, told in
 * one living message in Slack, as notes in PagerDuty, as a signed CloudEvent and to an event hub.
 */

const SECRET = 'a-webhook-secret-of-this-test';
const TOKEN = 'xoxb-000000000000-plantedplanted';
const API_TOKEN = 'u+plantedplantedplanted';

let supervisor: Supervisor;
let stack: Stack;
let hubs: EventHubs;
const hostLines: string[] = [];

beforeAll(async () => {
  hubs = await startEventHubs({ hubs: [{ name: 'incidents', partitions: 2 }] });
  supervisor = createSupervisor();
  stack = await startStack(supervisor, {
    scenario: 'wrong-port',
    port: 0,
    onHostLine: (line) => hostLines.push(line),
    settings: ({ httpUrl }) => ({
      SLACK_BOT_TOKEN: TOKEN,
      SLACK_CHANNEL: 'C012AB3CD',
      SLACK_API_URL: `${httpUrl}/slack/api`,
      PAGERDUTY_API_TOKEN: API_TOKEN,
      PAGERDUTY_FROM: 'triage@planted.example',
      PAGERDUTY_API_URL: `${httpUrl}/pagerduty`,
      PAGERDUTY_WEBHOOK_SECRET: SECRET,
      EVENT_HUB_CONNECTION_STRING: hubs.connectionString,
      EVENT_HUB_NAME: 'incidents',
    }),
  });
});

afterAll(async () => {
  await supervisor?.stop();
  await hubs?.close();
});

const sign = (body: string, secret = SECRET) => `v1=${createHmac('sha256', secret).update(body).digest('hex')}`;

async function post(body: string, headers: Readonly<Record<string, string>>) {
  const answer = await fetch(`${stack.hostUrl}/api/webhooks/pagerduty`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-functions-key': stack.functionKey, ...headers },
    body,
  });
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}

const signed = (body: string) => post(body, { 'x-pagerduty-signature': sign(body) });

function event(data: Record<string, unknown> = {}, at = new Date()) {
  const occurred_at = at.toISOString();
  const incident = { id: 'QPAGER0001', title: 'Orders are down', urgency: 'high', incident_key: 'k', ...data };
  return JSON.stringify({ event: { event_type: 'incident.triggered', occurred_at, data: incident } });
}

describe('the door for PagerDuty', () => {
  test.each([
    ['without a signature', {}],
    ['with one of another secret', { 'x-pagerduty-signature': sign(event(), 'another secret') }],
    ['with one of another body', { 'x-pagerduty-signature': sign('{}') }],
    ['with nonsense for one', { 'x-pagerduty-signature': 'v1=,v1=zz,,' }],
  ])('is shut %s', async (_name, headers) => {
    expect(await post(event(), headers)).toMatchObject({ status: 401, body: { error: { code: 'signature-invalid' } } });
  });

  test('is shut without the key, however well it is signed', async () => {
    const body = event();
    expect((await post(body, { 'x-functions-key': 'guess', 'x-pagerduty-signature': sign(body) })).status).toBe(401);
  });

  test('takes no body that is too large', async () => {
    const body = `{"a":"${'x'.repeat(1_048_576)}"}`;
    expect(await signed(body)).toMatchObject({ status: 413, body: { error: { code: 'body-too-large' } } });
  });

  test.each([
    ['no JSON', '{"event":', 'body-not-json'],
    ['nothing', '', 'body-empty'],
    ['another thing', '[]', 'not-a-pagerduty-event'],
    ['no incident', '{"event":{"event_type":"incident.triggered"}}', 'pagerduty-incident-missing'],
  ])('refuses %s that is signed with one clear error', async (_name, body, code) => {
    const answer = await signed(body);
    expect(answer).toMatchObject({ status: 400, body: { error: { code, message: expect.stringMatching(/\.$/) } } });
  });

  test('sets aside what was recorded and is played back', async () => {
    const yesterday = new Date(Date.now() - 86_400_000);
    const answer = await signed(event({ title: gatewayId(stack.simulator.world) }, yesterday));
    expect(answer).toMatchObject({ status: 202, body: { outcome: 'set-aside' } });
  });

  test('sets aside what our own event opened', async () => {
    const answer = await signed(event({ incident_key: 'appgw-triage/x', title: gatewayId(stack.simulator.world) }));
    expect(answer).toMatchObject({
      status: 202,
      body: { outcome: 'set-aside', reason: expect.stringContaining('own') },
    });
  });
});

describe('an incident that PagerDuty opened', () => {
  test('is told everywhere, once, and gets no second incident beside it', async () => {
    const body = event();
    const answer = await signed(body);
    expect(answer).toMatchObject({ status: 202, body: { outcome: 'open' } });
    // PagerDuty sends a webhook again where it missed the answer.
    expect(await signed(body)).toMatchObject({ status: 202, body: { outcome: 'repeat' } });
    const incident = await settled(String(answer.body.incidentId));
    expect(incident.timeline.filter((entry) => entry.event === 'delivery-failed')).toEqual([]);

    const { inbox } = stack.simulator;
    expect(inbox.all().filter(({ outcome }) => outcome === 'refused')).toEqual([]);
    expect(inbox.of('slack').map(({ action }) => action)).toEqual([
      'chat.postMessage',
      'chat.update',
      'chat.postMessage',
    ]);
    const [page, update, reply] = inbox.of('slack').map((arrival) => arrival.body as Record<string, unknown>);
    expect(JSON.stringify(page)).toContain('being read');
    expect(JSON.stringify(update)).toContain('a port that the backend does not serve');
    expect(reply).toMatchObject({ thread_ts: update?.ts, reply_broadcast: false });

    const notes = inbox.of('pagerduty');
    expect(notes.map(({ action }) => action)).toEqual(['note', 'note']);
    expect(JSON.stringify(notes[1]?.body)).toContain('a port that the backend does not serve');
    expect(inbox.of('webhook')).toMatchObject([
      { body: { specversion: '1.0', id: `${incident.id}/2`, data: { pagerdutyIncidentId: 'QPAGER0001' } } },
    ]);
    expect(hubs.totals().events).toBe(1);

    const said = JSON.stringify([inbox.all().map((arrival) => arrival.body), hostLines, incident]);
    for (const secret of [TOKEN, API_TOKEN, SECRET, 'planted.example', 'SharedAccessKey'])
      expect(said).not.toContain(secret);
  });
});

async function settled(incidentId: string): Promise<Incident> {
  const { incidents, sinks } = createPorts({ ...stack.settings, LOG_LEVEL: 'error' });
  expect([...sinks.keys()].toSorted()).toEqual(['event-hub', 'pagerduty', 'slack', 'teams', 'webhook']);
  for (;;) {
    const incident = await incidents.get(incidentId);
    const ended = incident?.timeline.filter(({ reason }) => /^Message 2 was (not )?taken by/.test(reason)) ?? [];
    if (incident && ended.length >= sinks.size) return incident;
    await sleep(100);
  }
}
