/**
 * Records as gateways write them, for tests: one access record of the current gateway with every field, and others as
 * changes to it. The order of the fields, the types and the escaped slashes are those of the service.
 */
export interface RecordSketch {
  readonly own?: Readonly<Record<string, unknown>>;
  readonly properties?: Readonly<Record<string, unknown>>;
}

const GATEWAY =
  '/SUBSCRIPTIONS/6F1E2D3C-4B5A-4978-8695-A4B3C2D1E0F9/RESOURCEGROUPS/SHOP-WEST/PROVIDERS/MICROSOFT.NETWORK/APPLICATIONGATEWAYS/SHOP-EDGE';

export function accessRecord({ own = {}, properties = {} }: RecordSketch = {}): Readonly<Record<string, unknown>> {
  return {
    timeStamp: '2026-09-14T02:10:31+00:00',
    resourceId: GATEWAY,
    listenerName: 'public-https',
    ruleName: 'shop',
    backendPoolName: 'shop-web',
    backendSettingName: 'https-443',
    operationName: 'ApplicationGatewayAccess',
    category: 'ApplicationGatewayAccessLog',
    ...own,
    properties: {
      instanceId: 'appgw_1',
      clientIP: '198.51.100.24',
      clientPort: 45_057,
      httpMethod: 'GET',
      originalRequestUriWithArgs: '/basket/items?id=7',
      requestUri: '/basket/items',
      requestQuery: 'id=7',
      userAgent:
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36',
      httpStatus: 200,
      httpVersion: 'HTTP/1.1',
      receivedBytes: 512,
      sentBytes: 20_480,
      clientResponseTime: 0,
      timeTaken: 0.034,
      WAFEvaluationTime: '0.000',
      WAFMode: 'Prevention',
      transactionId: '8d0c2f5b7a6e4c1d9f3b2a1908e7d6c5',
      sslEnabled: 'on',
      sslCipher: 'ECDHE-RSA-AES256-GCM-SHA384',
      sslProtocol: 'TLSv1.2',
      sslClientVerify: 'NONE',
      sslClientCertificateFingerprint: '',
      sslClientCertificateIssuerName: '',
      serverRouted: '10.20.1.4:443',
      serverStatus: '200',
      serverResponseLatency: '0.028',
      upstreamSourcePort: '21564',
      originalHost: 'shop.example',
      host: 'shop.example',
      error_info: 'ERRORINFO_NO_ERROR',
      contentType: 'application/json',
      ...properties,
    },
  };
}

/** JSON as the service spells it: compact, and slashes escaped inside `properties`. */
export function spelled(record: Readonly<Record<string, unknown>>): string {
  const { properties, ...own } = record;
  const rest = JSON.stringify(own).slice(0, -1);
  if (properties === undefined) return `${rest}}`;
  return `${rest},"properties":${JSON.stringify(properties).replaceAll('/', '\\/')}}`;
}

export function envelope(records: readonly string[]): string {
  return `{"records":[${records.join(',')}]}`;
}

export function bytesOfText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
