/** Messages as a gateway's diagnostic setting sends them, for measuring: the same ones at every run. */

/** A small generator of numbers below a bound, so that no run differs from another. */
function chance(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

const START = Date.parse('2026-09-14T02:00:00Z');
export const ENQUEUED_AT = START + 10 * 60_000;

const POOLS = ['shop-web', 'shop-api', 'search', 'static-content'];
const PATHS = [
  '/',
  '/basket/items',
  '/api/v2/products',
  '/api/v2/products/reviews',
  '/search',
  '/assets/app.js',
  '/login',
];
const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 Edg/128.0.2739.42',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (X11; Linux x86_64; rv:129.0) Gecko/20100101 Firefox/129.0',
  'okhttp/4.12.0',
];

/** Every fiftieth request fails, one in ten records is of the firewall; clients, paths, sizes and durations vary freely. */
export function makeMessages(messages: number, recordsEach: number): readonly Uint8Array[] {
  const below = chance(7);
  const encoder = new TextEncoder();
  return Array.from({ length: messages }, (_message, index) => {
    const records = Array.from({ length: recordsEach }, () => record(below, index / messages));
    return encoder.encode(`{"records":[${records.join(',')}]}`);
  });
}

function record(below: (bound: number) => number, progress: number): string {
  const second = Math.floor(progress * 540) + below(20);
  const time = new Date(START + second * 1_000).toISOString().replace('.000Z', '+00:00');
  const pool = below(POOLS.length);
  const hex = (length: number) => Array.from({ length }, () => below(16).toString(16)).join('');
  const path = PATHS[below(PATHS.length)] ?? '/';
  const query = below(3) === 0 ? '' : `id=${below(1_000_000)}&ref=${hex(8)}`;
  const client = `198.51.${below(256)}.${below(256)}`;
  const fate = below(100);
  const isDown = fate < 2;
  const status = isDown ? (fate === 0 ? 502 : 504) : fate < 8 ? 404 : fate < 14 ? 304 : 200;
  const seconds = (status === 504 ? 20_000 + below(30) : 3 + below(below(10) === 0 ? 2_000 : 120)) / 1_000;
  const gateway = below(8) === 0 ? 'SHOP-EDGE-TEST' : 'SHOP-EDGE';
  const own = {
    timeStamp: time,
    resourceId: `/SUBSCRIPTIONS/6F1E2D3C-4B5A-4978-8695-A4B3C2D1E0F9/RESOURCEGROUPS/SHOP-WEST/PROVIDERS/MICROSOFT.NETWORK/APPLICATIONGATEWAYS/${gateway}`,
  };
  if (below(10) === 0) {
    const properties = {
      instanceId: 'appgw_1',
      clientIp: client,
      requestUri: path,
      ruleSetType: 'Microsoft_DefaultRuleSet',
      ruleSetVersion: '2.1',
      ruleId: '942430',
      message: 'Restricted SQL Character Anomaly Detection (args): # of special characters exceeded (12)',
      action: 'Matched',
      site: 'Global',
      details: { message: 'Warning', data: hex(20), file: 'rules/REQUEST-942.conf', line: '1087' },
      hostname: 'shop.example',
      transactionId: hex(32),
    };
    return spelled(
      { ...own, operationName: 'ApplicationGatewayFirewall', category: 'ApplicationGatewayFirewallLog' },
      properties,
    );
  }
  const properties = {
    instanceId: `appgw_${below(3)}`,
    clientIP: client,
    clientPort: 1_024 + below(60_000),
    httpMethod: below(4) === 0 ? 'POST' : 'GET',
    originalRequestUriWithArgs: query === '' ? path : `${path}?${query}`,
    requestUri: path,
    requestQuery: query,
    userAgent: AGENTS[below(AGENTS.length)],
    httpStatus: status,
    httpVersion: 'HTTP/1.1',
    receivedBytes: 300 + below(2_000),
    sentBytes: isDown ? 480 : below(80_000),
    clientResponseTime: 0,
    timeTaken: seconds,
    WAFEvaluationTime: `0.00${below(10)}`,
    WAFMode: 'Prevention',
    transactionId: hex(32),
    sslEnabled: 'on',
    sslCipher: 'ECDHE-RSA-AES256-GCM-SHA384',
    sslProtocol: 'TLSv1.2',
    sslClientVerify: 'NONE',
    sslClientCertificateFingerprint: '',
    sslClientCertificateIssuerName: '',
    serverRouted: status === 502 ? '' : `10.20.${pool}.${4 + below(6)}:443`,
    serverStatus: isDown ? '' : String(status),
    serverResponseLatency: isDown ? '' : Math.max(0, seconds - 0.002).toFixed(3),
    upstreamSourcePort: isDown ? '' : String(1_024 + below(60_000)),
    originalHost: 'shop.example',
    host: 'shop.example',
    error_info: isDown ? `ERRORINFO_UPSTREAM_${status === 502 ? 'NO_LIVE' : 'TIMED_OUT'}` : 'ERRORINFO_NO_ERROR',
    contentType: 'application/json',
  };
  const routing = {
    listenerName: 'public-https',
    ruleName: 'shop',
    backendPoolName: POOLS[pool],
    backendSettingName: 'https-443',
  };
  return spelled(
    { ...own, ...routing, operationName: 'ApplicationGatewayAccess', category: 'ApplicationGatewayAccessLog' },
    properties,
  );
}

/** Compact, with the slashes inside `properties` escaped, as the service does. */
function spelled(own: object, properties: object): string {
  return `${JSON.stringify(own).slice(0, -1)},"properties":${JSON.stringify(properties).replaceAll('/', '\\/')}}`;
}
