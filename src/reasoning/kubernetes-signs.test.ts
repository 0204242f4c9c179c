import { expect, test } from '@jest/globals';
import type { Gateway } from '../core/gateway.ts';
import { controllerSigns, endpointsRead, ingressSigns, lastWritten, serviceOf } from './kubernetes-signs.ts';

const gateway = (changed: Partial<Gateway>): { gateway: Gateway; evidence: [] } => ({
  evidence: [],
  gateway: {
    ...{
      tags: {},
      subnetIds: [],
      pools: [],
      settings: [],
      probes: [],
      listeners: [],
      routes: [],
      trustedRootNames: [],
    },
    ...changed,
  },
});

test.each([
  ['2026-09-13 21:40:12.5678 +0000 UTC m=+91.2', '2026-09-13T21:40:12.000Z'],
  ['2026-09-13 23:40:12 +0200 CEST', '2026-09-13T21:40:12.000Z'],
  ['yesterday', undefined],
])('the time of the last write: %s', (value, expected) => {
  const written = lastWritten(gateway({ tags: { 'Last-Updated-By-K8s-Ingress': value } }));
  expect(written && new Date(written.time).toISOString()).toBe(expected);
});

test.each([
  ['pool-prod-cart-80-bp-8080', { namespace: 'prod', service: 'cart' }],
  ['pool-prod-cart-http-bp-8080', { namespace: 'prod', service: 'cart' }],
  ['pool-prod-shop-cart-80-bp-8080', {}],
  ['pool-web', {}],
  [undefined, {}],
])('the service in the name of %s', (pool, expected) => {
  expect(serviceOf(pool)).toEqual(expected);
});

test('names from outside cannot leave the command', () => {
  expect(endpointsRead("pool-a;reboot-b$(id)'-80-bp-80", '').command).toBe(
    "kubectl -n 'a;reboot' get endpoints 'b$(id)'\\'''",
  );
});

test("a pool is the controller's by its full name, or by a short one and a tag", () => {
  const tags = { 'managed-by-k8s-ingress': '1.7' };
  const short = { pool: 'pool-1f3a', setting: 'bp-1f3a' };
  expect(controllerSigns(gateway({}), { pool: 'pool-a-b-80-bp-80' }, 'gateway')).toHaveLength(1);
  expect(controllerSigns(gateway({}), short, 'gateway')).toEqual([]);
  expect(controllerSigns(gateway({ tags }), short, 'gateway')).toHaveLength(2);
  expect(controllerSigns(gateway({ tags }), { pool: 'pool-web', setting: 'http-80' }, 'gateway')).toEqual([]);
});

test.each([
  ['pool-ingress', ['10.0.0.4'], 2],
  ['pool-tasks', ['10.0.0.4'], 0],
  ['pool-ingress', ['20.50.2.15'], 0],
  ['pool-ingress', ['10.0.0.4', '10.0.0.5'], 0],
  ['pool-web', ['ingress.corp.contoso.com'], 2],
  ['pool-web', ['web.corp.contoso.com'], 0],
])('pool %s of %j has %i signs of an ingress', (name, addresses, count) => {
  const pools = [{ name, addresses, nicIpConfigurationIds: [] }];
  expect(ingressSigns(gateway({ pools }), { pool: name.toUpperCase() })).toHaveLength(count);
});
