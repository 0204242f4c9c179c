import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersHosts, shop, shopGateway, shopNetwork } from '../worlds/shop.ts';

const UNLINKED = -13;
const NAME = 'orders.svc.fabrikam.example';
const [first] = ordersHosts;
const addresses = first ? [first.address] : [];

export const unresolvedBackendName = {
  name: 'unresolved-backend-name',
  title: 'A name that nobody knows any more',
  story:
    'The orders pool holds a name from a private zone. Thirteen minutes ago a clean-up removed what looked like a forgotten link between that zone and the virtual network; a change of the gateway right after made it resolve its names anew. The machine is well, but its name leads nowhere.',
  expected: { established: true, anyOf: ['unresolved-backend-name'], at: ['confirmed'] },
  world: {
    ...shop,
    gateway: {
      ...shopGateway,
      pools: shopGateway.pools.map((pool) =>
        pool.name === 'pool-orders' ? { name: pool.name, members: [{ address: NAME }] } : pool,
      ),
    },
    hosts: [...ordersHosts.slice(0, 1), ...catalogHosts],
    names: [{ name: NAME, addresses, untilMinute: UNLINKED }],
    network: {
      ...shopNetwork,
      privateZones: [
        {
          name: 'svc.fabrikam.example',
          links: [{ network: 'own', untilMinute: UNLINKED }],
          records: [{ name: 'orders', addresses }],
        },
      ],
      changes: [
        ...shopNetwork.changes,
        {
          atMinute: UNLINKED,
          operation: 'Microsoft.Network/privateDnsZones/virtualNetworkLinks/delete',
          resource: 'Microsoft.Network/privateDnsZones/svc.fabrikam.example/virtualNetworkLinks/to-own',
          by: 'person',
        },
        {
          atMinute: UNLINKED,
          operation: 'Microsoft.Network/applicationGateways/write',
          resource: `Microsoft.Network/applicationGateways/${shopGateway.name}`,
          by: 'person',
        },
      ],
    },
  },
} as const satisfies Scenario;
