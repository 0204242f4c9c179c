import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersAnswers, ordersHosts, shop } from '../worlds/shop.ts';

const RELEASED = -14;

export const probePath404 = {
  name: 'probe-path-404',
  title: 'A release that moved the health page',
  story:
    'The orders API was released fourteen minutes ago, and its health page moved. The probe still asks for the old path and is told 404, so the gateway takes every member out although the API itself works.',
  expected: { established: true, anyOf: ['probe-path-not-served'], at: ['likely', 'confirmed'] },
  world: {
    ...shop,
    hosts: [
      ...ordersHosts.map((host) => ({
        ...host,
        serves: [
          {
            port: 8080,
            protocol: 'Http' as const,
            answers: [
              { path: '/healthz', status: 404, tookMs: 3, sentBytes: 153, fromMinute: RELEASED },
              { path: '/health/ready', status: 200, tookMs: 4, sentBytes: 15, fromMinute: RELEASED },
              ...ordersAnswers,
            ],
          },
        ],
      })),
      ...catalogHosts,
    ],
  },
} as const satisfies Scenario;
