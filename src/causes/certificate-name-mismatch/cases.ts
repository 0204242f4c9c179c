import { backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { UNKNOWN_AUTHORITY } from '../certificate-texts.ts';
import { ANSWERED, CERTIFICATE_NAME } from '../probe-texts.ts';

const pools = { 'pool-shop': ['10.40.1.4', '10.40.1.5'] };
const routes = [['pool-shop', 'shop-443']] as const;
const probes = { 'probe-shop': { protocol: 'Https', host: 'shop.contoso.com', path: '/health' } };
const settings = { 'shop-443': { port: 443, protocol: 'Https', probe: 'probe-shop' } };

export const cases: readonly Case[] = [
  {
    name: 'both members fail with it after their certificate was renewed',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-shop~shop-443': [
          ['10.40.1.4', 'Unhealthy', CERTIFICATE_NAME],
          ['10.40.1.5', 'Unhealthy', CERTIFICATE_NAME],
        ],
      }),
      gateway: gatewayJson({ pools, settings, probes, routes }),
    },
    expect: 'likely',
    scope: { pool: 'pool-shop', setting: 'shop-443' },
  },
  {
    name: 'the older wording, and a default probe that has nothing but an address to compare with',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-shop~shop-443': [
          [
            '10.40.1.4',
            'Unhealthy',
            'The Common Name (CN) of the backend certificate does not match the host header of the probe.',
          ],
        ],
      }),
      gateway: gatewayJson({ pools, settings: { 'shop-443': { port: 443, protocol: 'Https' } }, routes }),
    },
    expect: 'likely',
  },
  {
    name: 'one member fails with it, the other passes with the same probe host',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-shop~shop-443': [
          ['10.40.1.4', 'Unhealthy', CERTIFICATE_NAME],
          ['10.40.1.5', 'Healthy', ANSWERED],
        ],
      }),
      gateway: gatewayJson({ pools, settings, probes, routes }),
    },
    expect: 'possible',
    alsoConfirmed: ['single-member-unhealthy'],
  },
  {
    name: 'the setting does not compare names',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-shop~shop-443': [['10.40.1.4', 'Unhealthy', CERTIFICATE_NAME]] }),
      gateway: gatewayJson({
        pools,
        settings: { 'shop-443': { ...settings['shop-443'], validateSNI: false } },
        probes,
        routes,
      }),
    },
    expect: 'possible',
  },
  {
    name: 'the older gateway only says that its connection failed',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-shop~shop-443': [['10.40.1.4', 'Unhealthy', 'Https probe connection error']],
      }),
    },
    expect: 'possible',
  },
  {
    name: 'the authority is not known to the gateway',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-shop~shop-443': [['10.40.1.4', 'Unhealthy', UNKNOWN_AUTHORITY]] }),
      gateway: gatewayJson({ pools, settings, probes, routes }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'only the configuration could be read',
    evidence: { gateway: gatewayJson({ pools, settings, probes, routes }) },
    failed: { 'backend-health': '429 TooManyRequests' },
    expect: 'inconclusive',
  },
];
