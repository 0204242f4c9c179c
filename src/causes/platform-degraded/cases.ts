import { type Case, GATEWAY_ID, gatewayJson } from '../case.ts';

const health = (properties: Readonly<Record<string, unknown>>) => ({
  id: `${GATEWAY_ID}/providers/Microsoft.ResourceHealth/availabilityStatuses/current`,
  name: 'current',
  type: 'Microsoft.ResourceHealth/AvailabilityStatuses',
  location: 'westeurope',
  properties: { title: properties.availabilityState, occuredTime: '2026-09-14T01:58:00Z', ...properties },
});

const sketch = (operationalState: string) =>
  gatewayJson({
    operationalState,
    pools: { 'pool-web': ['10.90.1.4'] },
    settings: { 'web-80': { port: 80 } },
    routes: [['pool-web', 'web-80']],
  });

export const cases: readonly Case[] = [
  {
    name: 'instances were lost in the night',
    evidence: {
      'resource-health': health({
        availabilityState: 'Degraded',
        reasonType: 'Unplanned',
        summary: 'Some instances of this application gateway are not available.',
      }),
    },
    expect: 'confirmed',
  },
  {
    name: 'a maintenance window was announced',
    evidence: {
      'resource-health': health({ availabilityState: 'Unavailable', reasonType: 'Planned' }),
      gateway: sketch('Running'),
    },
    expect: 'confirmed',
  },
  {
    name: 'nobody is named',
    evidence: { 'resource-health': health({ availabilityState: 'Unavailable' }), gateway: sketch('Running') },
    expect: 'likely',
  },
  {
    name: 'nobody is named, and the resource is stopped',
    evidence: { 'resource-health': health({ availabilityState: 'Unavailable' }), gateway: sketch('Stopped') },
    expect: 'possible',
    alsoConfirmed: ['gateway-not-running'],
  },
  {
    name: 'the owner stopped it to save money',
    evidence: {
      'resource-health': health({ availabilityState: 'Unavailable', reasonType: 'UserInitiated' }),
      gateway: sketch('Stopped'),
    },
    expect: 'ruled-out',
    alsoConfirmed: ['gateway-not-running'],
  },
  {
    name: 'all is well on that side',
    evidence: {
      'resource-health': health({ availabilityState: 'Available', summary: 'There are no known problems.' }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'there was no signal for a quarter of an hour',
    evidence: { 'resource-health': health({ availabilityState: 'Unknown' }) },
    expect: 'inconclusive',
  },
  {
    name: 'the read was refused',
    evidence: { gateway: sketch('Running') },
    failed: { 'resource-health': '403 AuthorizationFailed' },
    expect: 'inconclusive',
  },
];
