import { describe, expect, test } from '@jest/globals';
import { effectiveNsg } from './index.ts';

const NET = '/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network';
const NIC = `${NET}/networkInterfaces/nic-a`;

const rule = (more: object = {}) => ({
  name: 'securityRules/web',
  protocol: 'Tcp',
  sourcePortRange: '0-65535',
  sourcePortRanges: ['0-65535'],
  destinationPortRange: '8080-8080',
  destinationPortRanges: ['8080-8080'],
  sourceAddressPrefix: '10.0.1.0/24',
  sourceAddressPrefixes: ['10.0.1.0/24'],
  destinationAddressPrefix: '0.0.0.0/0',
  destinationAddressPrefixes: ['0.0.0.0/0'],
  access: 'Deny',
  priority: 200,
  direction: 'Inbound',
  ...more,
});
const entry = (rules: readonly unknown[], association: object = { networkInterface: { id: NIC } }, nsg = 'nsg-a') => ({
  networkSecurityGroup: { id: `${NET}/networkSecurityGroups/${nsg}` },
  association,
  effectiveSecurityRules: rules,
});
const read = (...documents: unknown[]) => effectiveNsg.read(documents);
const rulesOf = (...rules: unknown[]) =>
  read({ value: [entry(rules)] }).reading.effectiveSecurity?.flatMap(({ groups }) =>
    groups.flatMap((group) => group.rules),
  );
const refusal = {
  error: {
    code: 'NicMustBeAttachedToRunningVmToGetEffectiveSecurityGroups',
    message: `The interface ${NIC} has no running machine.`,
    details: [],
  },
};

describe('a rule', () => {
  test('is read once where the singular and the plural say the same', () => {
    expect(rulesOf(rule())).toEqual([
      {
        name: 'web',
        direction: 'inbound',
        access: 'deny',
        priority: 200,
        protocol: 'tcp',
        sources: ['10.0.1.0/24'],
        destinations: ['0.0.0.0/0'],
        destinationPorts: ['8080-8080'],
        group: 'nsg-a',
      },
    ]);
  });

  test('is read from either the singular or the plural alone', () => {
    const { sourceAddressPrefix: _s, destinationPortRange: _d, ...plural } = rule();
    const { sourceAddressPrefixes: _p, destinationPortRanges: _r, ...singular } = rule();
    expect(rulesOf(plural)).toEqual(rulesOf(rule()));
    expect(rulesOf(singular)).toEqual(rulesOf(rule()));
  });

  test.each([
    ['All', '*'],
    ['*', '*'],
    ['Udp', 'udp'],
    ['ICMP', 'icmp'],
  ])('of protocol %s is of %s', (protocol, expected) => {
    expect(rulesOf(rule({ protocol }))?.[0]?.protocol).toBe(expected);
  });

  test.each([
    ['defaultSecurityRules/DenyAllInBound', 'DenyAllInBound'],
    ['DefaultRule_DenyAllInBound', 'DenyAllInBound'],
    ['UserRule_web', 'web'],
    ['securityRules/UserRule_web', 'UserRule_web'],
    ['web', 'web'],
  ])('%s has the name %s', (name, expected) => {
    expect(rulesOf(rule({ name }))?.[0]?.name).toBe(expected);
  });

  test('of a service tag has the addresses that the tag was expanded into, and those written beside it', () => {
    const expanded = rule({
      sourceAddressPrefix: 'VirtualNetwork',
      sourceAddressPrefixes: ['VirtualNetwork', '192.168.7.0/24', 'fd00::/64'],
      expandedSourceAddressPrefix: ['10.0.0.0/16', '168.63.129.16/32', '10.0.0.0/16'],
      destinationAddressPrefix: 'VirtualNetwork',
      destinationAddressPrefixes: ['VirtualNetwork'],
      expandedDestinationAddressPrefix: [],
    });
    const [only] = rulesOf(expanded) ?? [];
    expect(only?.sources).toEqual(['10.0.0.0/16', '168.63.129.16/32', '192.168.7.0/24', 'fd00::/64']);
    expect(only?.destinations).toEqual(['VirtualNetwork']);
  });

  test('tells source ports only where it is limited to some', () => {
    expect(rulesOf(rule())?.[0]).not.toHaveProperty('sourcePorts');
    expect(rulesOf(rule({ sourcePortRange: '*', sourcePortRanges: [] }))?.[0]).not.toHaveProperty('sourcePorts');
    const limited = rulesOf(rule({ sourcePortRange: '443-443', sourcePortRanges: ['443-443'] }));
    expect(limited?.[0]?.sourcePorts).toEqual(['443-443']);
  });
});

describe('the groups of an interface', () => {
  test('are kept apart, with the interface that one of them names', () => {
    const subnet = { subnet: { id: `${NET}/virtualNetworks/v/subnets/backend` } };
    const { state, reading } = read({ value: [entry([rule()], subnet, 'nsg-subnet'), entry([])] });
    expect(state).toBe('ok');
    expect(reading.effectiveSecurity).toMatchObject([
      {
        nicId: NIC,
        groups: [
          { name: 'nsg-subnet', rules: [{ group: 'nsg-subnet' }] },
          { name: 'nsg-a', rules: [] },
        ],
      },
    ]);
  });

  test('are not known where one rule cannot be read: that one may decide', () => {
    for (const broken of [
      { access: 'AlwaysAllow' },
      { direction: null },
      { priority: 'low' },
      { sourceAddressPrefix: '', sourceAddressPrefixes: [] },
      { destinationPortRange: null, destinationPortRanges: null },
    ]) {
      const { state, reason, reading } = read({ value: [entry([rule(), rule(broken)])] });
      expect({ broken, state, reading }).toEqual({ broken, state: 'failed', reading: {} });
      expect(reason).toBe('1 of 1 answers hold entries that could not be read');
    }
  });

  test('are not known where the entries are of two interfaces or two subnets', () => {
    const other = { networkInterface: { id: `${NIC}-b` } };
    expect(read([entry([rule()]), entry([rule()], other)]).state).toBe('failed');
    const subnets = ['a', 'b'].map((name) =>
      entry([rule()], { subnet: { id: `${NET}/virtualNetworks/v/subnets/${name}` } }),
    );
    expect(read(subnets).state).toBe('failed');
  });

  test('can be none: then nothing is in the way of what the interface is sent', () => {
    expect(read({ nicId: NIC, value: [] })).toEqual({
      state: 'empty',
      reason: 'no security group applies to the network interface',
      reading: { effectiveSecurity: [{ nicId: NIC, groups: [] }] },
    });
  });
});

describe('several interfaces', () => {
  const other = entry([rule()], { networkInterface: { id: `${NIC}-b` } });

  test('are read from several documents, or from several answers in one', () => {
    const separate = read({ value: [entry([rule()])] }, { value: [other] });
    expect(separate.reading.effectiveSecurity?.map(({ nicId }) => nicId)).toEqual([NIC, `${NIC}-b`]);
    expect(read([{ value: [entry([rule()])] }, { value: [other] }])).toEqual(separate);
  });

  test('stand once each, as they were read last', () => {
    const shouted = entry([], { networkInterface: { id: NIC.toUpperCase() } });
    const { effectiveSecurity } = read({ value: [entry([rule()])] }, { value: [shouted] }).reading;
    expect(effectiveSecurity?.map(({ groups }) => groups[0]?.rules.length)).toEqual([0]);
  });

  test('of which one is refused are read without it', () => {
    const { state, reason, reading } = read([{ value: [entry([rule()])] }, refusal]);
    expect(state).toBe('ok');
    expect(reason).toMatch(/^NicMustBeAttachedToRunningVm\w+: the network interface nic-a is not attached/);
    expect(reading.effectiveSecurity).toHaveLength(1);
  });
});

describe('the refusal for a stopped machine', () => {
  test.each([
    ['wrapped', refusal],
    ['bare', refusal.error],
  ])('%s is recognised, and says so', (_name, document) => {
    expect(effectiveNsg.recognise(document)).toBe(true);
    expect(read(document)).toEqual({
      state: 'failed',
      reason:
        'NicMustBeAttachedToRunningVmToGetEffectiveSecurityGroups: the network interface nic-a is not attached to a running virtual machine',
      reading: {},
    });
  });

  test('other errors are the reason where they were saved under this name, without the text of the service', () => {
    const document = { error: { code: 'AuthorizationFailed', message: "The client 'x@contoso.com' may not." } };
    expect(effectiveNsg.recognise(document)).toBe(false);
    expect(read(document)).toEqual({
      state: 'failed',
      reason: 'the service answered with an error (AuthorizationFailed)',
      reading: {},
    });
  });
});

describe("Network Watcher's view", () => {
  const own = (name: string, access: string) => ({
    name,
    properties: {
      protocol: '*',
      sourceAddressPrefix: '*',
      destinationAddressPrefix: '*',
      sourcePortRange: '*',
      destinationPortRange: '443',
      access,
      priority: 100,
      direction: 'Inbound',
    },
  });
  const view = (associations: object) => ({ networkInterfaces: [{ id: NIC, securityRuleAssociations: associations }] });

  test('is read with the rules that apply', () => {
    const document = view({
      effectiveSecurityRules: [rule()],
      networkInterfaceAssociation: { id: NIC, securityRules: [] },
    });
    expect(effectiveNsg.recognise(document)).toBe(true);
    expect(read(document).reading.effectiveSecurity).toMatchObject([
      { nicId: NIC, groups: [{ rules: [{ name: 'web' }] }] },
    ]);
  });

  test('keeps two groups apart where both have rules of their own', () => {
    const document = view({
      networkInterfaceAssociation: { id: NIC, securityRules: [own('let-in', 'Allow')] },
      subnetAssociation: { id: 'subnet', securityRules: [own('keep-out', 'Deny')] },
      defaultSecurityRules: [own('DenyAllInBound', 'Deny')],
      effectiveSecurityRules: [own('let-in', 'Allow'), own('keep-out', 'Deny')],
    });
    const [only] = read(document).reading.effectiveSecurity ?? [];
    expect(only?.groups.map(({ rules }) => rules.map(({ name }) => name))).toEqual([
      ['keep-out', 'DenyAllInBound'],
      ['let-in', 'DenyAllInBound'],
    ]);
  });
});

test('PowerShell spells every name with a capital', () => {
  const shell = [
    {
      NetworkSecurityGroup: { Id: `${NET}/networkSecurityGroups/nsg-a` },
      Association: { NetworkInterface: { Id: NIC } },
      EffectiveSecurityRules: [
        {
          Name: 'securityRules/web',
          Protocol: 'Tcp',
          SourcePortRange: ['0-65535'],
          DestinationPortRange: ['8080-8080'],
          SourceAddressPrefix: ['10.0.1.0/24'],
          DestinationAddressPrefix: ['0.0.0.0/0'],
          Access: 'Deny',
          Priority: 200,
          Direction: 'Inbound',
        },
      ],
    },
  ];
  expect(effectiveNsg.recognise(shell)).toBe(true);
  expect(read(shell)).toEqual(read({ value: [entry([rule()])] }));
});
