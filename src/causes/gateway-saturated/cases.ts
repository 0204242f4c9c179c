import { ANSWERED, CANNOT_CONNECT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson, type RecordSketch } from '../case.ts';
import { metricsJson } from '../case-members.ts';

const target = { pool: 'pool-tickets', setting: 'tickets-80' };
const gateway = gatewayJson({
  pools: { 'pool-tickets': ['10.20.9.4', '10.20.9.5'] },
  settings: { 'tickets-80': { port: 80 } },
  routes: [['pool-tickets', 'tickets-80']],
  properties: { autoscaleConfiguration: { minCapacity: 1, maxCapacity: 3 } },
});
const health = backendHealthJson({
  'pool-tickets~tickets-80': [
    ['10.20.9.4', 'Healthy', ANSWERED],
    ['10.20.9.5', 'Healthy', ANSWERED],
  ],
});
const units = (averages: readonly number[]) => metricsJson([{ metric: 'CapacityUnits', averages }]);
/** From 02:00; the peak is from 02:08 to 02:15. */
const peak = units([6, 6, 7, 8, 9, 14, 19, 24, 28, 30, 31, 31, 30, 30, 29, 28, 20, 12, 9, 8]);
const calm = units([6, 6, 7, 8, 9, 9, 9, 10, 9, 8, 8, 9, 9, 8, 8, 9]);
const served = (at: string, times: number): RecordSketch => ({
  ...{ ...target, at, times, status: 200, serverStatus: '200', routed: '10.20.9.4:80' },
});
const turnedAway = (status: number): RecordSketch => ({ ...target, at: '2026-09-14T02:10:00Z', times: 90, status });

export const cases: readonly Case[] = [
  {
    name: 'requests are turned away while the units stand at what three instances carry, and at no other time',
    evidence: {
      'backend-health': health,
      gateway,
      metrics: peak,
      'access-log': accessLogJson([
        served('2026-09-14T02:01:00Z', 60),
        served('2026-09-14T02:09:00Z', 200),
        turnedAway(503),
        served('2026-09-14T02:19:00Z', 60),
      ]),
    },
    expect: 'confirmed',
  },
  {
    name: 'requests are turned away at the peak, and the log holds no other time',
    evidence: {
      'backend-health': health,
      gateway,
      metrics: peak,
      'access-log': accessLogJson([served('2026-09-14T02:09:00Z', 200), turnedAway(502)]),
    },
    expect: 'likely',
  },
  {
    name: 'metrics alone show the peak and the errors',
    evidence: {
      'backend-health': health,
      gateway,
      metrics: {
        value: [
          ...(peak as { value: readonly unknown[] }).value,
          {
            name: { value: 'ResponseStatus' },
            unit: 'Count',
            timeseries: [
              {
                metadatavalues: [{ name: { value: 'httpstatusgroup' }, value: '5xx' }],
                data: [
                  { timeStamp: '2026-09-14T02:10:00Z', total: 310 },
                  { timeStamp: '2026-09-14T02:11:00Z', total: 280 },
                ],
              },
            ],
          },
        ],
      },
    },
    expect: 'likely',
  },
  {
    name: 'the gateway answers that it is not available, and no metric was read',
    evidence: {
      'backend-health': health,
      gateway,
      'access-log': accessLogJson([served('2026-09-14T02:09:00Z', 200), turnedAway(503)]),
    },
    expect: 'possible',
  },
  {
    name: 'the units stand at the limit while the members are down',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-tickets~tickets-80': [
          ['10.20.9.4', 'Unhealthy', CANNOT_CONNECT],
          ['10.20.9.5', 'Unhealthy', CANNOT_CONNECT],
        ],
      }),
      gateway,
      metrics: peak,
    },
    expect: 'possible',
  },
  {
    name: 'errors without a backend’s status, and a gateway with plenty of room',
    evidence: {
      'backend-health': health,
      gateway,
      metrics: calm,
      'access-log': accessLogJson([served('2026-09-14T02:09:00Z', 200), turnedAway(502)]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'requests find no live member',
    evidence: {
      gateway,
      'access-log': accessLogJson([
        { ...target, times: 90, at: '2026-09-14T02:10:00Z', status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'neither log nor metrics were read',
    evidence: { 'backend-health': health, gateway },
    failed: { metrics: 'No answer within 30 s.' },
    expect: 'inconclusive',
  },
];
