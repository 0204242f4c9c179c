import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  describeNearest,
  type NearestChange,
  nearestChange,
  type PropertyChange,
  type ResourceChange,
} from './changes.ts';
import type { ActivityEvent, NetworkInterface } from './network.ts';
import type { Readings } from './readings.ts';

const GROUP = '/subscriptions/s1/resourceGroups/rg-app/providers';
const GATEWAY = `${GROUP}/Microsoft.Network/applicationGateways/gw`;
const VNET = `${GROUP}/Microsoft.Network/virtualNetworks/vnet`;
const SUBNET = `${VNET}/subnets/snet-app`;
const NSG = `${GROUP}/Microsoft.Network/networkSecurityGroups/nsg-app`;
const machine = (name: string) => `${GROUP}/Microsoft.Compute/virtualMachines/${name}`;

/** The first failure, to the second. */
const FAILED_AT = '2026-09-14T02:10:20.000Z';
const earlier = (minutes: number, seconds = 0) =>
  new Date(Date.parse(FAILED_AT) - minutes * 60_000 - seconds * 1_000).toISOString();

let correlations = 0;
function change(minutesBefore: number, resourceId = NSG, more: Partial<ResourceChange> = {}): ResourceChange {
  correlations += 1;
  return {
    at: earlier(minutesBefore),
    resourceId,
    kind: 'update',
    by: 'kim@contoso.com',
    byKind: 'person',
    client: 'Azure Portal',
    correlationId: `c-${correlations}`,
    properties: [{ path: 'properties.securityRules[0].properties.access', before: 'Allow', after: 'Deny' }],
    ...more,
  };
}

function event(minutesBefore: number, operation: string, resourceId: string, more: Partial<ActivityEvent> = {}) {
  correlations += 1;
  const rest = { status: 'Succeeded', category: 'Administrative', correlationId: `c-${correlations}` };
  return { at: earlier(minutesBefore), operation, resourceId, ...rest, ...more } satisfies ActivityEvent;
}

const nic: NetworkInterface = {
  id: `${GROUP}/Microsoft.Network/networkInterfaces/nic-1`,
  addresses: ['10.1.0.4'],
  subnetIds: [SUBNET],
  securityGroupId: NSG,
  machineId: machine('vm-1'),
};

const member = (address: string, health: 'healthy' | 'unhealthy') => ({
  ...{ address, health, healthAsWritten: health },
  observed: { kind: 'answered' as const },
});

/** A pool of one member that fails, of which everything on the path is known. */
function readings(found: Pick<Readings, 'changes' | 'activity'>, more: Partial<Readings> = {}): Readings {
  const minutes = [8, 9, 10, 11, 12].map((minute) => ({
    at: `2026-09-14T02:${String(minute).padStart(2, '0')}:00.000Z`,
    requests: 10,
    failed: minute < 10 ? 0 : 10,
  }));
  const groups = [{ status: 502, count: 30, firstAt: FAILED_AT, transactionIds: [] }];
  return {
    gatewayId: GATEWAY,
    evidence: [],
    traffic: { minutes, groups, unread: 0 },
    backendHealth: { targets: [{ pool: 'p', setting: 's', members: [member('10.1.0.4', 'unhealthy')] }] },
    interfaces: [nic],
    ...found,
    ...more,
  };
}

function named(found: Pick<Readings, 'changes' | 'activity'>, more: Partial<Readings> = {}): NearestChange {
  const result = nearestChange(readings(found, more));
  if (result.outcome === 'none') throw new Error(result.reason);
  return result.change;
}

function reasonOf(found: Pick<Readings, 'changes' | 'activity'>, more: Partial<Readings> = {}): string {
  const result = nearestChange(readings(found, more));
  return result.outcome === 'none' ? result.reason : `It named: ${result.change.what}`;
}

describe('the nearest before the first failure', () => {
  test('is told with its author, its property before and after, and as a correlation', () => {
    expect(named({ changes: [change(3)] })).toEqual({
      at: earlier(3),
      what: 'Network security group nsg-app was changed',
      by: 'kim@contoso.com (Azure Portal)',
      property: 'properties.securityRules[0].properties.access',
      before: 'Allow',
      after: 'Deny',
      minutesBefore: 3,
      resourceId: NSG,
      relation: 'on-path',
      resources: 1,
      evidence: ['resource-changes'],
      failure: { at: FAILED_AT, latest: FAILED_AT, evidence: 'access-log', isOnset: true },
      sentence:
        'It came 3 minutes before the first failure (2026-09-14 02:10 UTC by access-log): a correlation in time, not a proof.',
    });
  });

  test('of several is the last one before, and none after', () => {
    const changes = [change(40), change(9, GATEWAY), change(4), change(-1), change(-30)];
    expect(named({ changes })).toMatchObject({ minutesBefore: 4, resourceId: NSG });
    expect(named({ changes: changes.toReversed() })).toMatchObject({ minutesBefore: 4, resourceId: NSG });
  });

  test.each([
    [23 * 60, 1_380],
    [24 * 60, 1_440],
  ])('can be %d minutes before', (minutes, expected) => {
    expect(named({ changes: [change(minutes)] }).minutesBefore).toBe(expected);
  });

  test.each([
    ['a day and an hour before', change(25 * 60)],
    ['after the failure', change(-1)],
    ['at a time that is none', change(5, NSG, { at: '14/09/2026 02:05' })],
  ])('is none %s', (_name, one) => {
    expect(reasonOf({ changes: [one] })).toMatch(/^No change was found in the 24 hours before/);
  });

  test('is found by its moment, whatever offset that is written with', () => {
    const at = '2026-09-14T04:07:20.0000000+02:00';
    expect(named({ changes: [change(0, NSG, { at })] })).toMatchObject({ minutesBefore: 3, at: earlier(3) });
    // 03:07 with an offset of two hours would be after the failure if the offset were dropped, and is not.
    const later = change(0, NSG, { at: '2026-09-14T01:11:20.000-01:00' });
    expect(reasonOf({ changes: [later] })).toMatch(/^No change/);
  });

  test('can be in the very minute of the failure, where only the minute is known', () => {
    const write = 'Microsoft.Network/networkSecurityGroups/write';
    const inMinute = event(0, write, NSG, { at: '2026-09-14T02:10:50.000Z' });
    expect(reasonOf({ activity: [inMinute] })).toMatch(/^No change/);
    const { traffic } = readings({});
    if (!traffic) throw new Error('There is traffic.');
    const found = named({ activity: [inMinute] }, { traffic: { ...traffic, groups: [] } });
    expect(found).toMatchObject({ minutesBefore: 0, sentence: expect.stringMatching(/^It came within a minute of /) });
  });
});

describe('a record that is dated when the operation was over', () => {
  const late = change(0, NSG, { at: '2026-09-14T02:10:50.000Z' });

  test('can be a little younger than the first failure, and says so', () => {
    expect(named({ changes: [late] })).toMatchObject({
      minutesBefore: 0,
      sentence: expect.stringMatching(/^It came within a minute of .* dated within a minute after that/),
    });
    expect(reasonOf({ changes: [change(0, NSG, { at: '2026-09-14T02:11:21.000Z' })] })).toMatch(/^No change/);
  });

  test('gives way to what is known to have come before', () => {
    expect(named({ changes: [late, change(50, GATEWAY)] }).resourceId).toBe(GATEWAY);
    expect(named({ changes: [late, change(90, GATEWAY)] }).resourceId).toBe(NSG);
  });

  test('is not believed where the activity log knows that it began later', () => {
    const begun = event(0, 'Microsoft.Network/networkSecurityGroups/write', NSG, {
      at: '2026-09-14T02:10:40.000Z',
      correlationId: late.correlationId,
    });
    expect(reasonOf({ changes: [late], activity: [begun] })).toMatch(/^No change/);
  });
});

describe('what is on the path of the failing requests', () => {
  const stranger = `${GROUP}/Microsoft.Storage/storageAccounts/stlogs`;
  const unknown = `${GROUP}/Microsoft.Network/networkSecurityGroups/nsg-other`;

  test('goes before strangers, however near they are', () => {
    const changes = [change(600), change(1, stranger)];
    expect(named({ changes })).toMatchObject({ resourceId: NSG, relation: 'on-path' });
  });

  test('leaves a stranger that is alone, and says what it is', () => {
    expect(named({ changes: [change(1, stranger)] })).toMatchObject({
      relation: 'elsewhere',
      sentence: expect.stringContaining('not known to be on the path'),
    });
  });

  test('goes before what only may be on it, within the last hour', () => {
    expect(named({ changes: [change(50), change(2, unknown)] }).resourceId).toBe(NSG);
    expect(named({ changes: [change(300), change(2, unknown)] })).toMatchObject({
      resourceId: unknown,
      relation: 'maybe',
      sentence: expect.stringContaining('was not read'),
    });
  });

  test.each([
    ['the gateway', GATEWAY],
    ['a listener of the gateway', `${GATEWAY}/httpListeners/l`],
    ['the machine of a member', machine('vm-1').toUpperCase()],
    ['the interface of a member', nic.id],
    ['the network', VNET],
  ])('is %s', (_name, id) => {
    expect(named({ changes: [change(5, id)] }).relation).toBe('on-path');
  });

  test('is not the machine of nobody, once every member is known', () => {
    const other = change(1, machine('vm-9'));
    expect(named({ changes: [other, change(30)] }).resourceId).toBe(NSG);
    // A member whose interface nobody has can have lost the machine that was deleted.
    expect(named({ changes: [other] }, { interfaces: [] }).relation).toBe('maybe');
  });

  test('is not what serves a pool that is well', () => {
    const healthy: NetworkInterface = { ...nic, id: `${nic.id}9`, addresses: ['10.1.9.4'], machineId: machine('vm-9') };
    const targets = [
      { pool: 'p', setting: 's', members: [member('10.1.0.4', 'unhealthy')] },
      { pool: 'q', setting: 's', members: [member('10.1.9.4', 'healthy')] },
    ];
    const more = { backendHealth: { targets }, interfaces: [nic, healthy] };
    const changes = [change(2, machine('vm-9')), change(30, machine('vm-1'))];
    expect(named({ changes }, more).resourceId).toBe(machine('vm-1'));
    const well = { targets: targets.map((target) => ({ ...target, members: [member('10.1.9.4', 'healthy')] })) };
    expect(named({ changes }, { ...more, backendHealth: well }).resourceId).toBe(machine('vm-9'));
  });

  test('is an app, a zone or a cluster that the members are named by', () => {
    const of = (address: string, id: string) =>
      named(
        { changes: [change(5, id)] },
        {
          backendHealth: { targets: [{ pool: 'p', setting: 's', members: [member(address, 'unhealthy')] }] },
          interfaces: [],
        },
      ).relation;
    const site = (name: string) => `${GROUP}/Microsoft.Web/sites/${name}`;
    expect(of('shop.azurewebsites.net', site('Shop'))).toBe('on-path');
    expect(of('shop-a1b2c3d4.westeurope-01.azurewebsites.net', site('shop'))).toBe('on-path');
    expect(of('shop.azurewebsites.net', site('other'))).toBe('maybe');
    const zone = (name: string) => `${GROUP}/Microsoft.Network/privateDnsZones/${name}`;
    expect(of('api.corp.example', zone('corp.example'))).toBe('on-path');
    expect(of('shop.azurewebsites.net', zone('privatelink.azurewebsites.net'))).toBe('on-path');
    expect(of('api.corp.example', zone('other.example'))).toBe('maybe');
    const instance = `/subscriptions/s1/resourceGroups/MC_rg-app_aks-1_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets/aks-pool/virtualMachines/0`;
    const cluster = `${GROUP}/Microsoft.ContainerService/managedClusters/aks-1`;
    const interfaces = [{ ...nic, machineId: instance }];
    expect(named({ changes: [change(5, cluster)] }, { interfaces }).relation).toBe('on-path');
  });

  test('is the subnet that is meant, and no other subnet of the network', () => {
    const write = 'Microsoft.Network/virtualNetworks/subnets/write';
    expect(named({ activity: [event(5, write, SUBNET)] })).toMatchObject({
      relation: 'on-path',
      what: 'Subnet snet-app of virtual network vnet was written',
    });
    expect(named({ activity: [event(5, write, `${VNET}/subnets/snet-else`)] }).relation).toBe('elsewhere');
  });
});

describe('noise', () => {
  const property = (path: string, after = 'b'): PropertyChange => ({ path, before: 'a', after });
  const update = (properties: readonly PropertyChange[], more: Partial<ResourceChange> = {}, id = NSG) => ({
    changes: [change(2, id, { properties, ...more })],
  });
  const scaleSet = `${GROUP}/Microsoft.Compute/virtualMachineScaleSets/vmss`;
  const app = { byKind: 'application', by: '11111111-2222-3333-4444-555555555555' } as const;

  test.each([
    ['tags', update([property('tags.owner'), property('tags["cost centre"]')])],
    ['states and versions', update([property('properties.provisioningState'), property('etag')])],
    ['what says when it was changed', update([property('systemData.lastModifiedAt')])],
    [
      'interfaces that come and go',
      update([property('properties.subnets[0].properties.ipConfigurations[3].id')], {}, VNET),
    ],
    ['a capacity that was adjusted', update([property('sku.capacity', '5')], app, scaleSet)],
    ['a role assignment', { changes: [change(2, `${GATEWAY}/providers/Microsoft.Authorization/roleAssignments/x`)] }],
    ['an alert', { changes: [change(2, `${GROUP}/Microsoft.Insights/metricAlerts/a`)] }],
    [
      'an agent that renews itself',
      { changes: [change(2, `${machine('vm-1')}/extensions/agent`, { byKind: 'platform' })] },
    ],
    ['a read', { activity: [event(2, 'Microsoft.Network/applicationGateways/backendhealth/action', GATEWAY)] }],
    ['a join', { activity: [event(2, 'Microsoft.Network/virtualNetworks/subnets/join/action', SUBNET)] }],
    ['diagnostics', { activity: [event(2, 'Microsoft.Insights/diagnosticSettings/write', GATEWAY)] }],
    [
      'a deployment as such',
      { activity: [event(2, 'Microsoft.Resources/deployments/write', `${GROUP}/Microsoft.Resources/deployments/d`)] },
    ],
    [
      'autoscale',
      {
        activity: [
          event(2, 'Microsoft.Compute/virtualMachineScaleSets/write', scaleSet, {
            caller: 'Microsoft.Insights/autoscaleSettings',
          }),
        ],
      },
    ],
    [
      'an entry of another category',
      { activity: [event(2, 'Microsoft.Network/networkSecurityGroups/write', NSG, { category: 'Policy' })] },
    ],
    [
      'what failed',
      { activity: [event(2, 'Microsoft.Network/networkSecurityGroups/write', NSG, { status: 'Failed' })] },
    ],
  ])('is %s', (_name, found) => {
    expect(reasonOf(found)).toMatch(/^No change was found/);
  });

  test.each([
    [
      'a tag beside a rule',
      update([property('tags.owner'), property('properties.securityRules[0].properties.access')]),
    ],
    ['a capacity of none', update([property('sku.capacity', '0')], app, scaleSet)],
    ['a capacity that a person chose', update([property('sku.capacity', '5')], {}, scaleSet)],
    ['a change whose properties are not listed', update([])],
    ['an extension that somebody installed', { changes: [change(2, `${machine('vm-1')}/extensions/script`)] }],
    ['an action', { activity: [event(2, 'Microsoft.Compute/virtualMachines/deallocate/action', machine('vm-1'))] }],
    [
      'what was only begun',
      { activity: [event(2, 'Microsoft.Network/networkSecurityGroups/write', NSG, { status: 'Started' })] },
    ],
  ])('is not %s', (_name, found) => {
    expect(named(found).minutesBefore).toBe(2);
  });

  test('is a write of which the record shows tags only', () => {
    const write = event(2, 'Microsoft.Network/networkSecurityGroups/write', NSG);
    const { correlationId } = write;
    const tags = change(2, NSG, { correlationId, properties: [property('tags.owner')] });
    expect(reasonOf({ activity: [write], changes: [tags] })).toMatch(/^No change/);
    expect(named({ activity: [write] }).minutesBefore).toBe(2);
    const ended = event(2, 'Microsoft.Network/networkSecurityGroups/delete', NSG, { correlationId });
    expect(named({ activity: [ended], changes: [tags] }).what).toMatch(/was deleted$/);
  });

  test('is an operation that began and failed', () => {
    const correlationId = 'c-x';
    const write = 'Microsoft.Network/applicationGateways/write';
    const begun = event(5, write, GATEWAY, { correlationId, status: 'Started' });
    const failed = event(4, write, GATEWAY, { correlationId, status: 'Failed' });
    expect(reasonOf({ activity: [begun, failed] })).toMatch(/^No change/);
    expect(named({ activity: [begun] }).minutesBefore).toBe(5);
  });
});

describe('what belongs together', () => {
  test('one operation in both lists is one change, from when it began', () => {
    const rule = `${NSG}/securityRules/baseline`;
    const write = 'Microsoft.Network/networkSecurityGroups/securityRules/write';
    const begun = event(6, write, rule, { status: 'Started', caller: 'pipeline', actor: 'application' });
    const { correlationId } = begun;
    const ended = { ...begun, at: earlier(5), status: 'Succeeded' };
    // The record of properties can be dated after the first failure.
    const recorded = change(-1, NSG.toLowerCase(), {
      correlationId: correlationId.toUpperCase(),
      by: 'Unspecified',
      byKind: undefined,
      client: 'Unknown',
    });
    expect(named({ activity: [begun, ended], changes: [recorded] })).toMatchObject({
      what: 'Security rule baseline of network security group nsg-app was written',
      by: 'application pipeline',
      minutesBefore: 6,
      before: 'Allow',
      after: 'Deny',
      resources: 1,
      evidence: ['activity-log', 'resource-changes'],
    });
  });

  test('a deployment that touched many resources is one change, told by the best of them', () => {
    const correlationId = 'deploy-1';
    const ids = [
      `${GROUP}/Microsoft.Storage/storageAccounts/st`,
      machine('vm-1'),
      NSG,
      `${GROUP}/Microsoft.Cdn/profiles/c`,
    ];
    const changes = ids.map((id, index) => change(5 - index, id, { correlationId }));
    const found = named({ changes: [...changes, change(90)] });
    expect(found).toMatchObject({ resourceId: NSG, resources: 4, minutesBefore: 3 });
    expect(found.sentence).toMatch(/The same deployment changed 4 resources\.$/);
  });

  test('ids of nothing join nothing', () => {
    const correlationId = '00000000-0000-0000-0000-000000000000';
    const changes = [change(3, NSG, { correlationId }), change(9, GATEWAY, { correlationId })];
    expect(named({ changes })).toMatchObject({ resourceId: NSG, resources: 1 });
    expect(named({ changes: changes.map(({ correlationId: _none, ...rest }) => rest) }).resources).toBe(1);
  });

  test('of two at one moment the one on the path is told, then the one whose property is known', () => {
    const unknown = `${GROUP}/Microsoft.Network/networkSecurityGroups/nsg-a`;
    expect(named({ changes: [change(700, unknown), change(700)] }).resourceId).toBe(NSG);
    expect(named({ changes: [change(7, GATEWAY, { properties: [] }), change(7)] }).resourceId).toBe(NSG);
    const same = [change(7, machine('vm-1')), change(7, nic.id)];
    expect(named({ changes: same })).toMatchObject({ resourceId: named({ changes: same.toReversed() }).resourceId });
  });
});

describe('how it is told', () => {
  test('of several properties the one that decides over traffic', () => {
    const properties = [
      { path: 'properties.description', after: 'x' },
      { path: 'properties.probes[0].properties.interval', before: '30', after: '60' },
      { path: 'properties.probes[0].properties.path', before: '/a', after: '/b' },
    ];
    expect(named({ changes: [change(2, GATEWAY, { properties })] })).toMatchObject({ before: '/a', after: '/b' });
  });

  test('a value that was not kept is not told, and that it was there is', () => {
    const properties = [{ path: 'properties.password', isHidden: true }];
    expect(named({ changes: [change(2, GATEWAY, { properties })] })).toMatchObject({
      property: 'properties.password',
      before: '(not shown)',
      after: '(not shown)',
    });
  });

  test('a property that was not there has no value before', () => {
    const properties = [{ path: 'properties.port', after: '80' }];
    const found = named({ changes: [change(2, GATEWAY, { properties })] });
    expect(found).toMatchObject({ after: '80' });
    expect(found).not.toHaveProperty('before');
  });

  test.each([
    ['kim@contoso.com', 'person', 'Azure Portal', 'kim@contoso.com (Azure Portal)'],
    ['11111111', 'application', 'Unspecified', 'application 11111111'],
    ['System', 'platform', undefined, 'the platform'],
    ['Unspecified', 'person', undefined, 'a person'],
    ['Unspecified', undefined, undefined, undefined],
  ] as const)('%s, a %s, by %s: %s', (by, byKind, client, expected) => {
    expect(named({ changes: [change(2, NSG, { by, byKind, client })] }).by).toBe(expected);
  });

  test.each([
    ['create', 'Virtual machine vm-1 was created'],
    ['update', 'Virtual machine vm-1 was changed'],
    ['delete', 'Virtual machine vm-1 was deleted'],
  ] as const)('%s: %s', (kind, what) => {
    expect(named({ changes: [change(2, machine('vm-1'), { kind })] }).what).toBe(what);
  });

  test.each([
    ['Microsoft.Compute/virtualMachines/deallocate/action', machine('vm-1'), 'Virtual machine vm-1 was deallocated'],
    ['Microsoft.Web/sites/slotsswap/action', `${GROUP}/Microsoft.Web/sites/a`, 'App a was swapped between slots'],
    ['Microsoft.X/things/write', `${GROUP}/Microsoft.X/things/t`, 'Things t was written'],
    [
      'Microsoft.Compute/virtualMachines/runCommand/action',
      machine('vm-1'),
      'Virtual machine vm-1 was changed (runcommand)',
    ],
  ])('%s: %s', (operation, id, what) => {
    expect(named({ activity: [event(2, operation, id)] }).what).toBe(what);
  });

  test.each([
    [1, 'It came 1 minute before '],
    [119, 'It came 119 minutes before '],
    [120, 'It came 2 h before '],
    [642, 'It came 10 h 42 min before '],
  ])('%d minutes: %s', (minutes, begin) => {
    expect(named({ changes: [change(minutes)] }).sentence.startsWith(begin)).toBe(true);
  });

  test('in one line, for a timeline', () => {
    expect(describeNearest(named({ changes: [change(3)] }))).toMatch(
      /^Network security group nsg-app was changed by kim@contoso\.com \(Azure Portal\)\. It came 3 minutes before/,
    );
  });
});

describe('is not named', () => {
  test('where nobody knows when the failures began, with the reason', () => {
    expect(reasonOf({ changes: [change(3)] }, { traffic: undefined })).toMatch(
      /^No reading tells when the failures began/,
    );
  });

  test('where nothing that tells of changes was read', () => {
    expect(reasonOf({})).toBe('Neither changes of resources nor the activity log were read.');
    expect(reasonOf({ changes: [] })).toMatch(/^No change was found/);
  });

  test('without a warning, where the failures were there before the reading', () => {
    const { traffic } = readings({});
    if (!traffic) throw new Error('There is traffic.');
    const minutes = traffic.minutes.filter(({ failed }) => failed > 0);
    const { sentence } = named({ changes: [change(3)] }, { traffic: { ...traffic, minutes } });
    expect(sentence).toMatch(/the first failure that was read .* Failures were there already/);
  });
});

test('whatever is read, there is an answer, and every name that is given calls itself a correlation', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom(NSG, GATEWAY, earlier(1), earlier(-1), 'Microsoft.Network/x/write', '/providers/', 'a/b/c'),
  );
  const some = fc.option(text, { nil: undefined });
  const changes = fc.array(
    fc.record({
      at: text,
      resourceId: text,
      kind: fc.constantFrom('create', 'update', 'delete'),
      by: some,
      client: some,
      correlationId: some,
      properties: fc.array(fc.record({ path: text, before: some, after: some }), { maxLength: 3 }),
    }),
    { maxLength: 6 },
  );
  const activity = fc.array(
    fc.record({ at: some, operation: text, resourceId: some, status: some, caller: some, correlationId: some }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(changes, activity, (someChanges, someActivity) => {
      const found = nearestChange(readings({ changes: someChanges as ResourceChange[], activity: someActivity }));
      if (found.outcome === 'none') expect(found.reason).toMatch(/\.$/);
      else expect(found.change.sentence).toContain('a correlation in time, not a proof.');
    }),
    { numRuns: 300 },
  );
});
