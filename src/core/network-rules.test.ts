import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addressAt, isCovered, parseRange, prefixLength } from './address-range.ts';
import type { NetworkRoute, SecurityRule } from './network.ts';
import {
  holds,
  includesPort,
  isPublic,
  type Packet,
  PUBLIC_IPV4,
  passThrough,
  routeFor,
  tellingPorts,
  winningRule,
} from './network-rules.ts';

const rule = (name: string, priority: number, access: 'allow' | 'deny', more: Partial<SecurityRule> = {}) =>
  ({
    name,
    priority,
    access,
    direction: 'inbound',
    protocol: '*',
    sources: ['*'],
    destinations: ['*'],
    destinationPorts: ['*'],
    ...more,
  }) satisfies SecurityRule;

const packet = (source: string, destination: string, port?: number): Packet => ({
  direction: 'inbound',
  protocol: 'tcp',
  source: { within: [source] },
  destination: { within: [destination] },
  ...(port === undefined ? {} : { destinationPort: port }),
});

describe('addresses and prefixes', () => {
  test.each([
    ['10.0.0.4', 4, 32],
    ['10.0.0.77/16', 4, 16],
    ['0.0.0.0/0', 4, 0],
    ['::/0', 6, 0],
    ['2001:db8::/32', 6, 32],
    ['fe80::1', 6, 128],
    ['::ffff:10.0.0.4', 6, 128],
    ['10.0.0.0-10.0.0.255', 4, 24],
  ])('%s is read', (text, family, length) => {
    const range = parseRange(text);
    expect(range?.family).toBe(family);
    expect(range && prefixLength(range)).toBe(length);
  });

  test.each([
    '',
    '*',
    'VirtualNetwork',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.0/33',
    '10.0.0.9-10.0.0.4',
    '1::2::3',
    '10.0.0.0/8/8',
    '::/129',
    'Storage.WestEurope',
    '1:2:3:4:5:6:7:8:9',
    ':::',
  ])('%p is no range', (text) => {
    expect(parseRange(text)).toBeUndefined();
  });

  test('bits beyond the prefix length are dropped', () => {
    expect(parseRange('10.1.2.3/24')).toEqual(parseRange('10.1.2.0/24'));
  });

  test('ranges complete each other', () => {
    const halves = ['128.0.0.0/1', '0.0.0.0/1'].map((text) => parseRange(text));
    const whole = parseRange('0.0.0.0/0');
    if (!whole) throw new Error('unreadable');
    const known = halves.filter((range) => range !== undefined);
    expect(isCovered(whole, known)).toBe(true);
    expect(isCovered(whole, known.slice(1))).toBe(false);
  });
});

describe('the address at a place in a prefix', () => {
  test.each([
    ['10.0.1.0/24', 0, '10.0.1.0'],
    ['10.0.1.77/24', 4, '10.0.1.4'],
    ['10.0.1.128/25', 127, '10.0.1.255'],
    ['10.0.1.128/25', 128, undefined],
    ['10.0.1.4', 0, '10.0.1.4'],
    ['10.0.1.4', 1, undefined],
    ['10.0.1.0/24', -1, undefined],
    ['10.0.1.0/24', 0.5, undefined],
    ['fd00::/64', 4, undefined],
    ['GatewayManager', 4, undefined],
  ])('%s at %d: %s', (prefix, place, address) => {
    expect(addressAt(prefix, place)).toBe(address);
  });
});

describe('who is meant', () => {
  const inNetwork = { within: ['0.0.0.0/0'], tags: { virtualnetwork: true } };
  test.each([
    [['*'], { within: ['10.0.0.4'] }, true],
    [['10.0.0.0/24'], { within: ['10.0.0.4'] }, true],
    [['10.0.0.0/24'], { within: ['10.0.1.4'] }, false],
    [['10.0.0.0/25', '10.0.0.128/25'], { within: ['10.0.0.0/24'] }, true],
    [['10.0.0.0/25'], { within: ['10.0.0.0/24'] }, undefined],
    [['10.0.0.0/25'], { within: ['10.0.0.0/24', '10.9.0.0/24'] }, undefined],
    [['10.0.0.0/8'], inNetwork, undefined],
    [['0.0.0.0/0'], inNetwork, true],
    [['2001:db8::/32'], { within: ['10.0.0.4'] }, false],
    [['VirtualNetwork'], inNetwork, true],
    [['virtualnetwork'], { within: ['10.0.0.4'] }, undefined],
    [['Internet'], inNetwork, false],
    [['Internet'], { within: ['10.0.0.4'] }, false],
    [['Internet'], { within: ['20.1.2.3'] }, undefined],
    [['Internet'], { within: ['20.1.2.3'], tags: { virtualnetwork: false } }, true],
    [['GatewayManager'], { within: ['10.0.0.4'] }, false],
    [['GatewayManager'], { within: ['20.1.2.3'] }, undefined],
    [['GatewayManager'], { within: [...PUBLIC_IPV4], tags: { gatewaymanager: true } }, true],
    [['AzureLoadBalancer'], { within: ['168.63.129.16'] }, true],
    [['AzureLoadBalancer'], { within: ['10.0.0.4'] }, false],
    [['AzureFrontDoor.Backend'], { within: ['10.0.0.4'] }, false],
    [['SomeNewService'], { within: ['10.0.0.4'] }, undefined],
    [['SomeNewService', '10.0.0.0/8'], { within: ['10.0.0.4'] }, true],
    [['SomeNewService', '11.0.0.0/8'], { within: ['10.0.0.4'] }, undefined],
    [['asg:/subscriptions/s/web'], { within: ['10.0.0.4'] }, undefined],
    [['asg:/subscriptions/s/WEB'], { within: ['10.0.0.4'], applicationGroups: ['/subscriptions/s/web'] }, true],
    [['asg:/subscriptions/s/web'], { within: ['10.0.0.4'], applicationGroups: [] }, false],
    [[], { within: ['10.0.0.4'] }, undefined],
    [['constructor'], { within: ['10.0.0.4'], tags: {} }, undefined],
  ] as const)('%j and %j', (list, place, told) => {
    expect(holds(list, place)).toBe(told);
  });

  test.each([
    [['80', '443'], 443, true],
    [['8000-8100'], 8080, true],
    [['8000-8100'], 443, false],
    [['*'], undefined, true],
    [['0-65535'], undefined, true],
    [['1-65535'], undefined, true],
    [['443'], undefined, undefined],
    [['http'], 80, undefined],
    [['100-50'], 80, undefined],
    [[], 80, undefined],
  ] as const)('ports %j and %p', (ports, port, told) => {
    expect(includesPort(ports, port)).toBe(told);
  });

  test('the public ranges leave out what is private', () => {
    expect(
      ['10.1.2.3', '172.16.0.1', '192.168.1.1', '100.64.0.1', '169.254.169.254', '127.0.0.1'].map(isPublic),
    ).toEqual(Array.from({ length: 6 }, () => false));
    expect(['9.255.255.255', '11.0.0.0', '172.32.0.1', '168.63.129.16', '223.255.255.255'].map(isPublic)).toEqual(
      Array.from({ length: 5 }, () => true),
    );
    expect(isPublic('0.0.0.0/0')).toBeUndefined();
    expect(isPublic('app.contoso.com')).toBeUndefined();
    expect([isPublic('fd12::4'), isPublic('2a00:1450::1')]).toEqual([false, undefined]);
  });
});

describe('the winning rule', () => {
  test('the lowest number wins, whatever the order of the list', () => {
    const rules = [rule('all', 65500, 'deny'), rule('web', 200, 'allow'), rule('lock', 150, 'deny')];
    expect(winningRule(rules, packet('10.0.0.4', '10.0.1.4', 80))).toMatchObject({
      access: 'deny',
      rule: { name: 'lock' },
    });
  });

  test('a rule of the other direction or protocol does not count', () => {
    const rules = [
      rule('out', 100, 'deny', { direction: 'outbound' }),
      rule('udp', 110, 'deny', { protocol: 'udp' }),
      rule('rest', 120, 'allow'),
    ];
    expect(winningRule(rules, packet('10.0.0.4', '10.0.1.4', 80))).toMatchObject({ rule: { name: 'rest' } });
  });

  test('a rule that cannot be told leaves it open only where it would make a difference', () => {
    const asked = packet('10.0.0.4', '10.0.1.4', 80);
    const unknown = { sources: ['SomeNewService'] };
    const allowed = winningRule([rule('maybe', 100, 'allow', unknown), rule('all', 200, 'deny')], asked);
    expect(allowed).toMatchObject({ outcome: 'undecidable', rule: { name: 'maybe' } });
    const denied = winningRule([rule('maybe', 100, 'deny', unknown), rule('all', 200, 'deny')], asked);
    expect(denied).toMatchObject({ outcome: 'decided', rule: { name: 'all' } });
    const behind = winningRule([rule('maybe', 300, 'allow', unknown), rule('all', 200, 'deny')], asked);
    expect(behind).toMatchObject({ outcome: 'decided', rule: { name: 'all' } });
  });

  test('a rule for reserved source ports does not apply to a new connection', () => {
    const asked = packet('10.0.0.4', '10.0.1.4', 443);
    const behind = rule('all', 200, 'deny');
    const winner = (sourcePorts: readonly string[]) =>
      winningRule([rule('web', 100, 'allow', { sourcePorts }), behind], asked);
    expect(winner(['443'])).toMatchObject({ outcome: 'decided', rule: { name: 'all' } });
    expect(winner(['1024-65535'])).toMatchObject({ outcome: 'decided', rule: { name: 'web' } });
    expect(winner(['50000-60000'])).toMatchObject({ outcome: 'undecidable', rule: { name: 'web' } });
  });

  test('where nothing matches, or equals disagree, nothing is decided', () => {
    const asked = packet('10.0.0.4', '10.0.1.4', 80);
    expect(winningRule([], asked)).toEqual({ outcome: 'undecidable' });
    expect(winningRule([rule('a', 100, 'allow'), rule('b', 100, 'deny')], asked).outcome).toBe('undecidable');
  });

  test('every group has to let a packet through', () => {
    const asked = packet('10.0.0.4', '10.0.1.4', 80);
    const open = { rules: [rule('web', 100, 'allow')] };
    const shut = { name: 'nsg-b', rules: [rule('all', 100, 'deny')] };
    const vague = { rules: [rule('maybe', 100, 'allow', { sources: ['Elsewhere'] }), rule('all', 200, 'deny')] };
    expect(passThrough([open, shut], asked)).toMatchObject({ outcome: 'blocked', group: { name: 'nsg-b' } });
    expect(passThrough([vague, shut], asked).outcome).toBe('blocked');
    expect(passThrough([open, vague], asked).outcome).toBe('undecidable');
    expect(passThrough([open, open], asked).outcome).toBe('passes');
    expect(passThrough([], asked).outcome).toBe('passes');
  });

  test('the telling ports of a span are its start and every edge within', () => {
    const rules = [rule('a', 100, 'allow', { destinationPorts: ['65000-65300'] }), rule('b', 110, 'deny')];
    expect(tellingPorts(rules, 65200, 65535)).toEqual([65200, 65301]);
  });
});

const octet = fc.integer({ min: 0, max: 3 });
const smallAddress = fc.tuple(octet, octet).map(([a, b]) => `10.0.${a}.${b}`);
const smallPrefix = fc.oneof(
  fc.constantFrom('*', '0.0.0.0/0', '10.0.0.0/8', '10.0.0.0/23', '11.0.0.0/8'),
  smallAddress,
  fc.tuple(octet, fc.constantFrom(24, 30, 31)).map(([a, length]) => `10.0.${a}.0/${length}`),
);
const anyRule = fc.record({
  name: fc.string({ maxLength: 4 }),
  priority: fc.integer({ min: 100, max: 4096 }),
  access: fc.constantFrom('allow' as const, 'deny' as const),
  direction: fc.constantFrom('inbound' as const, 'outbound' as const),
  protocol: fc.constantFrom('tcp', 'udp', '*'),
  sources: fc.array(smallPrefix, { minLength: 1, maxLength: 3 }),
  destinations: fc.array(smallPrefix, { minLength: 1, maxLength: 3 }),
  destinationPorts: fc.array(fc.constantFrom('80', '443', '80-443', '*', '8000-9000'), { minLength: 1, maxLength: 2 }),
});
const anyRules = fc.uniqueArray(anyRule, { maxLength: 8, selector: ({ priority }) => priority });
const anyPacket = fc
  .tuple(smallAddress, smallAddress, fc.constantFrom(80, 443, 8080, 22))
  .map(([source, destination, port]) => packet(source, destination, port));

/** The same question asked bit by bit, of one address and rules that can all be told. */
function naiveWinner(rules: readonly SecurityRule[], asked: Packet): SecurityRule | undefined {
  const bits = (address: string) =>
    address
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('');
  const inPrefix = (prefix: string, address: string) => {
    const [base = '', length = '32'] = prefix.split('/');
    return prefix === '*' || bits(base).slice(0, Number(length)) === bits(address).slice(0, Number(length));
  };
  const inPorts = (ports: string, port: number) => {
    const [from = '', to = from] = ports.split('-');
    return ports === '*' || (Number(from) <= port && port <= Number(to));
  };
  return [...rules]
    .sort((left, right) => left.priority - right.priority)
    .find(
      (candidate) =>
        candidate.direction === asked.direction &&
        ['*', asked.protocol].includes(candidate.protocol) &&
        candidate.sources.some((prefix) => inPrefix(prefix, asked.source.within[0] ?? '')) &&
        candidate.destinations.some((prefix) => inPrefix(prefix, asked.destination.within[0] ?? '')) &&
        candidate.destinationPorts.some((ports) => inPorts(ports, asked.destinationPort ?? -1)),
    );
}

describe('properties of security rules', () => {
  test('single addresses are judged as by a naive reading', () => {
    fc.assert(
      fc.property(anyRules, anyPacket, (rules, asked) => {
        const winner = winningRule(rules, asked);
        expect(winner.outcome === 'decided' ? winner.rule : undefined).toEqual(naiveWinner(rules, asked));
      }),
      { numRuns: 500 },
    );
  });

  test('a rule of lower rank never changes what was decided', () => {
    fc.assert(
      fc.property(
        anyRules,
        anyPacket,
        anyRule,
        fc.constantFrom('10.0.0.0/8', 'SomeNewService'),
        (rules, asked, more, source) => {
          const before = winningRule(rules, asked);
          fc.pre(before.outcome === 'decided');
          const later = { ...more, sources: [source], priority: before.rule.priority + 1 };
          const others = rules.filter(({ priority }) => priority !== later.priority);
          expect(winningRule([...others, later], asked)).toEqual(before);
        },
      ),
    );
  });

  test('the order of the list changes nothing', () => {
    fc.assert(
      fc.property(anyRules, anyPacket, (rules, asked) => {
        expect(winningRule(rules.toReversed(), asked)).toEqual(winningRule(rules, asked));
      }),
    );
  });

  test('what is decided of a whole prefix is decided so of every address in it', () => {
    fc.assert(
      fc.property(anyRules, octet, octet, smallAddress, (rules, a, b, destination) => {
        const whole = winningRule(rules, packet(`10.0.${a}.0/30`, destination, 80));
        fc.pre(whole.outcome === 'decided');
        const one = winningRule(rules, packet(`10.0.${a}.${b}`, destination, 80));
        expect(one).toMatchObject({ outcome: 'decided', access: whole.access });
      }),
    );
  });

  test('nothing makes it throw', () => {
    const anything = fc.array(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), { maxLength: 4 });
    fc.assert(
      fc.property(anything, anything, anything, fc.integer(), (sources, within, ports, port) => {
        const odd = rule('odd', 100, 'deny', { sources, destinations: within, destinationPorts: ports });
        const asked = { ...packet('10.0.0.4', '10.0.0.5', port), source: { within } };
        expect(['decided', 'undecidable']).toContain(winningRule([odd], asked).outcome);
      }),
    );
  });
});

describe('routes', () => {
  const route = (prefix: string, nextHopType: string, source?: string, isActive = true): NetworkRoute => ({
    name: `${prefix} ${nextHopType}`,
    prefixes: [prefix],
    nextHopType,
    nextHopAddresses: [],
    isActive,
    ...(source === undefined ? {} : { source }),
  });
  const system = [route('10.0.0.0/16', 'VnetLocal', 'Default'), route('0.0.0.0/0', 'Internet', 'Default')];

  test('the longest prefix wins, wherever it comes from', () => {
    const routes = [...system, route('0.0.0.0/0', 'VirtualAppliance', 'User')];
    expect(routeFor(routes, '10.0.3.4')).toMatchObject({ prefix: '10.0.0.0/16', route: { nextHopType: 'VnetLocal' } });
    expect(routeFor(routes, '20.1.2.3')).toMatchObject({ route: { nextHopType: 'VirtualAppliance' } });
  });

  test('of equal prefixes a user-defined route comes first, then BGP, then the system', () => {
    const bgp = route('0.0.0.0/0', 'VirtualNetworkGateway', 'VirtualNetworkGateway');
    const user = route('0.0.0.0/0', 'VirtualAppliance', 'User');
    expect(routeFor([...system, bgp], '20.1.2.3')).toMatchObject({ route: bgp });
    expect(routeFor([...system, bgp, user], '20.1.2.3')).toMatchObject({ route: user });
  });

  test('an inactive route does not count', () => {
    const routes = [...system, route('10.0.3.0/24', 'None', 'User', false)];
    expect(routeFor(routes, '10.0.3.4')).toMatchObject({ route: { nextHopType: 'VnetLocal' } });
  });

  test('a prefix of which another route takes a part is undecidable', () => {
    const routes = [...system, route('10.0.3.0/25', 'VirtualAppliance', 'User')];
    expect(routeFor(routes, '10.0.3.0/24')).toMatchObject({ outcome: 'undecidable' });
    expect(routeFor(routes, '10.0.3.0/26')).toMatchObject({ outcome: 'decided', prefix: '10.0.3.0/25' });
    expect(routeFor(routes, '10.0.4.0/24')).toMatchObject({ outcome: 'decided', prefix: '10.0.0.0/16' });
  });

  test('a service tag may hold a public address and holds no private one', () => {
    const routes = [...system, route('Storage.WestEurope', 'Internet', 'User')];
    expect(routeFor(routes, '20.1.2.3').outcome).toBe('undecidable');
    expect(routeFor(routes, '10.0.3.4').outcome).toBe('decided');
  });

  test('no route, no destination that can be read, and equals that disagree', () => {
    expect(routeFor([], '10.0.3.4')).toEqual({ outcome: 'none' });
    expect(routeFor(system, 'app.contoso.com').outcome).toBe('undecidable');
    const twice = [route('10.9.0.0/16', 'VirtualAppliance', 'User'), route('10.9.0.0/16', 'None', 'User')];
    expect(routeFor(twice, '10.9.1.1').outcome).toBe('undecidable');
  });

  test('the order of the list changes nothing, and a shorter prefix never changes a choice', () => {
    const anyRoute = fc
      .tuple(
        smallPrefix.filter((prefix) => prefix !== '*'),
        fc.constantFrom('None', 'VnetLocal', 'Internet'),
        fc.constantFrom('User', 'Default', 'VirtualNetworkGateway'),
      )
      .map(([prefix, hop, source]) => route(prefix, hop, source));
    fc.assert(
      fc.property(fc.array(anyRoute, { maxLength: 6 }), smallAddress, (routes, address) => {
        const chosen = routeFor(routes, address);
        const back = routeFor(routes.toReversed(), address);
        expect(back.outcome).toBe(chosen.outcome);
        if (chosen.outcome !== 'decided' || back.outcome !== 'decided') return;
        expect(back.route.nextHopType).toBe(chosen.route.nextHopType);
        fc.pre(!chosen.prefix.endsWith('/0'));
        const shorter = routeFor([...routes, route('0.0.0.0/0', 'VirtualAppliance', 'User')], address);
        expect(shorter).toEqual(chosen);
      }),
    );
  });
});
