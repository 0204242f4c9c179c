import type { Scenario } from '../scenario.ts';
import {
  bookings,
  bookingsAnswers,
  bookingsApp,
  bookingsAt,
  bookingsNetwork,
  bookingsPublicAddress,
} from '../worlds/bookings.ts';

const UNLINKED = -16;
const PRIVATE_ADDRESS = '10.40.3.5';

export const backendNameWrongAddress = {
  name: 'backend-name-wrong-address',
  title: 'The way round the private endpoint',
  story:
    'The bookings app is to be reached by its private endpoint only, and turns away whoever comes by its public address. Sixteen minutes ago the private zone lost its link to the gateway’s network. The name still resolves, but to the public address, and there the gateway is told 403 like everybody else.',
  expected: { established: true, anyOf: ['backend-name-wrong-address'], at: ['confirmed'] },
  world: {
    ...bookings,
    hosts: [
      bookingsAt(PRIVATE_ADDRESS, bookingsAnswers),
      bookingsAt(bookingsPublicAddress, [{ status: 403, tookMs: 3, sentBytes: 1892, body: 'Web App - Unavailable' }]),
    ],
    names: [
      { name: bookingsApp, addresses: [PRIVATE_ADDRESS], untilMinute: UNLINKED },
      { name: bookingsApp, addresses: [bookingsPublicAddress], fromMinute: UNLINKED },
    ],
    network: {
      ...bookingsNetwork,
      privateZones: [
        {
          name: 'privatelink.azurewebsites.net',
          links: [{ network: 'own', untilMinute: UNLINKED }],
          records: [{ name: 'app-bookings-weu', addresses: [PRIVATE_ADDRESS] }],
        },
      ],
      privateEndpoints: [
        {
          name: 'pe-app-bookings-weu',
          fqdns: [bookingsApp],
          address: PRIVATE_ADDRESS,
          target: 'Microsoft.Web/sites/app-bookings-weu',
        },
      ],
      apps: [{ name: 'app-bookings-weu', hostNames: [bookingsApp], isPrivate: true }],
      changes: [
        {
          atMinute: UNLINKED,
          operation: 'Microsoft.Network/privateDnsZones/virtualNetworkLinks/delete',
          resource: 'Microsoft.Network/privateDnsZones/privatelink.azurewebsites.net/virtualNetworkLinks/to-own',
          by: 'application',
        },
      ],
    },
  },
} as const satisfies Scenario;
