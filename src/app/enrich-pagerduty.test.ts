import { describe, expect, test } from '@jest/globals';
import { memoryPorts } from '../../test/memory-ports.ts';
import { GATEWAY_ID } from '../causes/case.ts';
import type { Notification } from '../core/notification.ts';
import { receivePagerDuty } from './enrich-pagerduty.ts';

const NOW = '2026-09-14T02:30:00.000Z';
const sinkNamed = (name: string) => ({ name, deliver: async () => ({ outcome: 'delivered' }) as const });

function event(data: Record<string, unknown> = {}) {
  const occurred_at = '2026-09-14T02:29:50Z';
  return { event: { event_type: 'incident.triggered', occurred_at, data: { id: 'Q1ABC', title: 'Orders', ...data } } };
}

const alertsNaming = (text: string) => async () =>
  ({ outcome: 'read', body: { alerts: [{ alert_key: 'k', body: { details: { text } } }] } }) as const;

describe('an incident of PagerDuty', () => {
  test('that names a gateway opens one of ours, which remembers it', async () => {
    const ports = memoryPorts([sinkNamed('pagerduty')]);
    const receipt = await receivePagerDuty(ports, event({ title: `Fired ${GATEWAY_ID}` }));
    expect(receipt).toMatchObject({ status: 202, body: { outcome: 'open' } });
    const [incident] = [...ports.rows.values()];
    expect(incident?.signals).toMatchObject([{ source: 'pagerduty', pagerdutyIncidentId: 'Q1ABC' }]);
    // High urgency pages at once, and the page says whose incident it belongs to.
    const [page] = [...ports.documents.values()] as Notification[];
    expect(page).toMatchObject({
      kind: 'opened',
      pagerdutyIncidentId: 'Q1ABC',
      fired: [expect.stringMatching(/^PagerDuty has/)],
    });
  });

  test('whose gateway stands in its alerts is asked for, once', async () => {
    const ports = memoryPorts();
    const asked: string[] = [];
    const receipt = await receivePagerDuty(ports, event(), (id) => {
      asked.push(id);
      return alertsNaming(`see ${GATEWAY_ID}`)();
    });
    expect(receipt).toMatchObject({ status: 202, body: { outcome: 'open' } });
    expect(asked).toEqual(['Q1ABC']);
  });

  test('that is sent twice is one incident', async () => {
    const ports = memoryPorts();
    await receivePagerDuty(ports, event(), alertsNaming(GATEWAY_ID));
    const again = await receivePagerDuty(ports, event(), alertsNaming(GATEWAY_ID));
    expect(again.body).toMatchObject({ outcome: 'repeat' });
    expect(ports.rows.size).toBe(1);
  });

  test('joins an incident that is open', async () => {
    const ports = memoryPorts();
    await receivePagerDuty(ports, event(), alertsNaming(GATEWAY_ID));
    const other = await receivePagerDuty(ports, event({ id: 'Q2DEF' }), alertsNaming(GATEWAY_ID));
    expect(other.body).toMatchObject({ outcome: 'join' });
  });

  test.each([
    ['without a token', event(), undefined, /PAGERDUTY_API_TOKEN/],
    ['whose alerts name no gateway', event(), alertsNaming('a database'), /name an application gateway/],
    ['that is resolved', { event: { event_type: 'incident.resolved' } }, undefined, /incident\.triggered/],
    [
      'whose alerts PagerDuty refuses',
      event(),
      async () => ({ outcome: 'refused', reason: 'The service answered 401.' }) as const,
      /could not be read. The service answered 401/,
    ],
    [
      'that our own event opened',
      event(),
      async () => ({ outcome: 'read', body: { alerts: [{ alert_key: 'appgw-triage/i', text: GATEWAY_ID }] } }) as const,
      /our own event/,
    ],
  ])('%s is set aside with its reason', async (_name, body, ask, reason) => {
    const ports = memoryPorts();
    const receipt = await receivePagerDuty(ports, body, ask);
    expect(receipt).toMatchObject({
      status: 202,
      body: { outcome: 'set-aside', reason: expect.stringMatching(reason) },
    });
    expect(ports.setAside).toMatchObject([{ at: NOW, reason: expect.stringMatching(reason) }]);
    expect(ports.rows.size).toBe(0);
  });

  test('whose alerts cannot be read just now is sent again by PagerDuty', async () => {
    const ports = memoryPorts();
    const receipt = await receivePagerDuty(ports, event(), async () => ({ outcome: 'later', reason: 'busy' }));
    expect(receipt).toMatchObject({ status: 503, body: { error: { code: 'PagerDutyUnavailable' } } });
    expect(ports.setAside).toEqual([]);
  });

  test('about a gateway that is not ours is set aside', async () => {
    const ports = memoryPorts();
    ports.check = 'foreign';
    const receipt = await receivePagerDuty(ports, event(), alertsNaming(GATEWAY_ID));
    expect(receipt.body).toMatchObject({ outcome: 'set-aside' });
  });

  test('that makes no sense is refused', async () => {
    const receipt = await receivePagerDuty(memoryPorts(), { event: 'x' });
    expect(receipt).toMatchObject({ status: 400, body: { error: { code: 'not-a-pagerduty-event' } } });
  });
});
