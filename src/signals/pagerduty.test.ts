import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePagerDutyEvent, readPagerDutyAlerts, signalOfPagerDuty } from './pagerduty.ts';

const NOW = '2026-10-01T03:12:30.000Z';
const GATEWAY =
  '/subscriptions/8f0c6c5e-0000-4000-8000-5b6a3c1d2e4f/resourceGroups/rg-edge-weu/providers/Microsoft.Network/applicationGateways/agw-shop-weu';

function event(data: Record<string, unknown> = {}, envelope: Record<string, unknown> = {}) {
  return {
    event: {
      id: '01CDEFGHIJKLMNOPQRSTUVWX',
      event_type: 'incident.triggered',
      resource_type: 'incident',
      occurred_at: '2026-10-01T03:12:07.169Z',
      agent: null,
      client: null,
      data: {
        id: 'Q1ABCDEFGHIJKL',
        type: 'incident',
        html_url: 'https://acme.pagerduty.com/incidents/Q1ABCDEFGHIJKL',
        status: 'triggered',
        incident_key: 'd3640fbd41094207a1c11e58e46b1662',
        created_at: '2026-10-01T03:12:06Z',
        title: 'Orders are down',
        service: { id: 'PF9KMXH', summary: 'Shop', type: 'service_reference' },
        urgency: 'high',
        ...data,
      },
      ...envelope,
    },
  };
}

const gatewaysOf = (data: Record<string, unknown>) => {
  const parsed = parsePagerDutyEvent(event(data), NOW);
  return parsed.outcome === 'incident' ? parsed.incident.gateways : parsed;
};

describe('a webhook of PagerDuty', () => {
  test('says that there is an incident', () => {
    expect(parsePagerDutyEvent(event(), NOW)).toEqual({
      outcome: 'incident',
      incident: {
        pagerdutyIncidentId: 'Q1ABCDEFGHIJKL',
        title: 'Orders are down',
        urgency: 'high',
        at: '2026-10-01T03:12:07.169Z',
        gateways: [],
      },
    });
  });

  test.each(['incident.resolved', 'incident.annotated', 'incident.acknowledged', 'service.updated', 'pagey.ping', 'x'])(
    '%s is taken and set aside',
    (event_type) => {
      const parsed = parsePagerDutyEvent(event({}, { event_type }), NOW);
      expect(parsed).toMatchObject({ outcome: 'not-ours', reason: expect.stringMatching(/incident\.triggered/) });
    },
  );

  test('about an incident that our own event opened is no news', () => {
    const incident_key = 'appgw-triage/20261001-031207-agw-shop-weu-7c1f';
    const parsed = parsePagerDutyEvent(event({ incident_key, title: GATEWAY }), NOW);
    expect(parsed).toMatchObject({ outcome: 'not-ours', reason: expect.stringContaining('our own event') });
  });

  test.each([
    ['2026-09-30T03:12:07Z', 'not-ours'],
    ['2026-10-01T01:10:00Z', 'not-ours'],
    ['2026-10-01T04:12:07Z', 'not-ours'],
    ['2026-10-01T02:50:00Z', 'incident'],
    ['2026-10-01T03:15:00Z', 'incident'],
  ])('of %s is %s: what was recorded long ago is not played back', (occurred_at, outcome) => {
    expect(parsePagerDutyEvent(event({ title: GATEWAY }, { occurred_at }), NOW).outcome).toBe(outcome);
  });

  test.each([
    ['nothing', undefined, 'not-a-pagerduty-event'],
    ['a list', [], 'not-a-pagerduty-event'],
    ['no event', { event: null }, 'not-a-pagerduty-event'],
    ['no type', event({}, { event_type: 7 }), 'not-a-pagerduty-event'],
    ['no data', event({}, { data: null }), 'pagerduty-incident-missing'],
    ['an id that is a path', event({ id: '../users/P1' }), 'pagerduty-incident-missing'],
    ['no time', event({ created_at: 'soon' }, { occurred_at: null }), 'pagerduty-time-missing'],
  ])('that holds %s is refused', (_name, body, code) => {
    expect(parsePagerDutyEvent(body, NOW)).toEqual({ outcome: 'invalid', code, message: expect.stringMatching(/\.$/) });
  });

  test.each([
    ['its title', { title: `Fired: ${GATEWAY}/backendAddressPools/orders is unhealthy` }],
    ['a sentence that ends with it', { title: `Look at ${GATEWAY}.` }],
    ['a field nobody knows', { custom: { deep: [{ alertTargetIDs: [GATEWAY] }] } }],
    ['a link to the portal', { body: `https://portal.azure.com/#@fabrikam/resource${GATEWAY}/overview` }],
    ['an encoded link', { body: `https://portal.azure.com/#resource${encodeURIComponent(GATEWAY)}` }],
    ['JSON in a text', { body: JSON.stringify({ data: { essentials: { alertTargetIDs: [GATEWAY] } } }) }],
  ])('names the gateway in %s', (_name, data) => {
    expect(gatewaysOf(data)).toEqual([GATEWAY]);
  });

  test('names a gateway once, however it is spelled, and several in their order', () => {
    const other = GATEWAY.replace('agw-shop-weu', 'agw-api');
    expect(gatewaysOf({ title: `${GATEWAY} ${other}`, body: [other.toUpperCase(), GATEWAY.toLowerCase()] })).toEqual([
      GATEWAY,
      other,
    ]);
  });

  test.each([
    GATEWAY.replace('applicationGateways', 'loadBalancers'),
    GATEWAY.replace('/resourceGroups', '/../resourceGroups'),
    GATEWAY.replace('agw-shop-weu', '..'),
    'agw-shop-weu',
  ])('does not name one with %s', (title) => {
    expect(gatewaysOf({ title })).toEqual([]);
  });

  test('is read in bounded time and depth, whatever it holds', () => {
    let deep: unknown = GATEWAY;
    for (let depth = 0; depth < 5_000; depth += 1) deep = [deep];
    expect(gatewaysOf({ deep })).toEqual([]);
    expect(gatewaysOf({ wide: Array.from({ length: 200_000 }, () => 'x') })).toEqual([]);
    expect(gatewaysOf({ long: `${'x'.repeat(500_000)}${GATEWAY}` })).toEqual([]);
    const many = Array.from({ length: 500 }, (_, index) => `${GATEWAY}-${index}`);
    expect(gatewaysOf({ many })).toHaveLength(50);
  });

  test('never makes the reader throw', () => {
    const anyEvent = fc.record({
      event: fc.oneof(
        fc.jsonValue(),
        fc.record({ event_type: fc.constant('incident.triggered'), data: fc.jsonValue() }),
      ),
    });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), anyEvent), (body) => {
        expect(['incident', 'not-ours', 'invalid']).toContain(parsePagerDutyEvent(body, NOW).outcome);
        expect(readPagerDutyAlerts(body).gateways).toBeInstanceOf(Array);
      }),
    );
  });
});

describe('the alerts of an incident', () => {
  const alert = (details: unknown, alert_key = 'azure-1') => ({ alerts: [{ id: 'A1', alert_key, body: { details } }] });

  test('name the gateway in their details', () => {
    const body = alert({ data: { essentials: { alertTargetIDs: [GATEWAY] } } });
    expect(readPagerDutyAlerts(body)).toEqual({ isOwn: false, gateways: [GATEWAY] });
  });

  test('tell an incident that our own event opened', () => {
    expect(readPagerDutyAlerts(alert({}, 'appgw-triage/x')).isOwn).toBe(true);
  });

  test.each([undefined, null, {}, { alerts: 'x' }, []])('that are %j name none', (body) => {
    expect(readPagerDutyAlerts(body)).toEqual({ isOwn: false, gateways: [] });
  });
});

describe('the signal', () => {
  const incident = { pagerdutyIncidentId: 'Q1', title: 'Orders are down', urgency: 'high', at: NOW } as const;
  const digest = (text: string) => `digest of ${text}`;

  test('is the same for the same incident and gateway, however often it comes', () => {
    const one = signalOfPagerDuty(incident, [GATEWAY], digest);
    expect(signalOfPagerDuty(incident, [GATEWAY.toLowerCase()], digest)).toMatchObject({
      signal: { id: one.outcome === 'signal' ? one.signal.id : '' },
    });
    expect(one).toMatchObject({
      outcome: 'signal',
      signal: { source: 'pagerduty', condition: 'fired', pagerdutyIncidentId: 'Q1', severity: 1, gatewayId: GATEWAY },
    });
    expect(signalOfPagerDuty({ ...incident, urgency: 'low' }, [GATEWAY], digest)).toMatchObject({
      signal: { severity: 2 },
    });
  });

  test('is one for each gateway', () => {
    const parsed = signalOfPagerDuty(incident, [GATEWAY, `${GATEWAY}-2`], digest);
    expect(parsed).toMatchObject({ others: [{ gatewayId: `${GATEWAY}-2`, pagerdutyIncidentId: 'Q1' }] });
  });

  test('is none without a gateway', () => {
    expect(signalOfPagerDuty(incident, [], digest)).toMatchObject({ outcome: 'not-ours', id: 'Q1' });
  });
});
