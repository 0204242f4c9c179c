import { CERTIFICATE_DATES, UNKNOWN_AUTHORITY } from '../../reasoning/certificate-texts.ts';
import { ANSWERED, CERTIFICATE_NAME } from '../../reasoning/probe-texts.ts';
import { backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { handshakesJson } from '../case-tls.ts';

const pools = { 'pool-shop': ['10.40.1.4', '10.40.1.5'] };
const routes = [['pool-shop', 'shop-443']] as const;
const probes = { 'probe-shop': { protocol: 'Https', host: 'shop.contoso.com', path: '/health' } };
const settings = { 'shop-443': { port: 443, protocol: 'Https', probe: 'probe-shop' } };

const both = (text: string) =>
  backendHealthJson({
    'pool-shop~shop-443': [
      ['10.40.1.4', 'Unhealthy', text],
      ['10.40.1.5', 'Unhealthy', text],
    ],
  });

/** Both members serve a certificate of a public authority for these names. */
function served(names: readonly string[], asked = 'shop.contoso.com'): unknown {
  const serverName = asked === '' ? undefined : asked;
  const chain = [
    { subject: `CN=${names[0]}`, issuer: 'CN=Public CA 7, O=Public', names },
    { subject: 'CN=Public CA 7, O=Public', issuer: 'CN=Public Root, O=Public', isCa: true },
  ];
  const target = { pool: 'pool-shop', setting: 'shop-443', chain, isTrusted: true };
  return handshakesJson({ ...target, member: '10.40.1.4', serverName }, { ...target, member: '10.40.1.5', serverName });
}

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
  {
    name: 'the certificate that both members serve was made out to another site',
    evidence: {
      'backend-health': both(CERTIFICATE_NAME),
      gateway: gatewayJson({ pools, settings, probes, routes }),
      'probe-results': served(['www.contoso.net', '*.contoso.net']),
    },
    expect: 'confirmed',
    scope: { pool: 'pool-shop', setting: 'shop-443' },
  },
  {
    name: 'the gateway speaks of dates, which are in order',
    evidence: {
      'backend-health': both(CERTIFICATE_DATES),
      gateway: gatewayJson({ pools, settings, probes, routes }),
      'probe-results': served(['*.contoso.com.example']),
    },
    expect: 'confirmed',
  },
  {
    name: 'the served certificate covers every name below the domain',
    evidence: {
      'backend-health': both(CERTIFICATE_NAME),
      gateway: gatewayJson({ pools, settings, probes, routes }),
      'probe-results': served(['*.contoso.com']),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the setting has a name of its own for the handshake, and the certificate holds that one',
    evidence: {
      'backend-health': both(CERTIFICATE_NAME),
      gateway: gatewayJson({
        pools,
        settings: { 'shop-443': { ...settings['shop-443'], sniName: 'origin.contoso.net' } },
        probes,
        routes,
      }),
      'probe-results': served(['origin.contoso.net'], 'origin.contoso.net'),
    },
    expect: 'ruled-out',
  },
  {
    name: 'names are not compared, whatever is served',
    evidence: {
      'backend-health': both(CERTIFICATE_NAME),
      gateway: gatewayJson({
        pools,
        settings: { 'shop-443': { ...settings['shop-443'], validateSNI: false } },
        probes,
        routes,
      }),
      'probe-results': served(['www.contoso.net']),
    },
    expect: 'possible',
  },
  {
    name: 'the addresses of the members are all that the gateway can compare with',
    evidence: {
      'backend-health': both(CERTIFICATE_NAME),
      gateway: gatewayJson({ pools, settings: { 'shop-443': { port: 443, protocol: 'Https' } }, routes }),
      'probe-results': served(['shop.contoso.com'], ''),
    },
    expect: 'confirmed',
  },
];
