import type { Spread } from './backend-answers.ts';
import type { EventHubs } from './event-hubs/event-hubs.ts';
import { transactionId, within } from './log-tables.ts';
import { type Slice, trafficBetween } from './traffic.ts';
import { gatewayId, scatter, timeOf, type World } from './world.ts';

/** How many records a message holds at most: the service gathers them up, and a message stays well below a megabyte. */
const RECORDS_A_MESSAGE = 300;

/** What was published of the access log. */
export interface Published {
  readonly messages: number;
  readonly requests: number;
  /** Of these, answered 502 or 504. */
  readonly failed: number;
}

/**
 * Publishes the access log of the minutes [from, until) as the gateway's diagnostic setting does: messages of
 * `{"records":[...]}`, dealt out to the partitions in turn, one record for every request that the tables of the workspace
 * count. What a hub holds besides, such as firewall records, goes along.
 */
export function publishAccessLog(
  world: World,
  hubs: EventHubs,
  hub: string,
  { from, until }: { readonly from: number; readonly until: number },
): Published {
  const partitions = hubs.counts().find(({ hub: name }) => name === hub)?.partitions.length ?? 0;
  if (partitions === 0) throw new Error(`There is no event hub "${hub}" to publish to.`);
  let [messages, requests, failed] = [0, 0, 0];
  for (let minute = from; minute < until; minute += 1) {
    const slices = trafficBetween(world, minute, minute + 1);
    const records = slices.flatMap((slice) => recordsOf(world, slice));
    for (let at = 0; at < records.length; at += RECORDS_A_MESSAGE) {
      const text = `{"records":[${records.slice(at, at + RECORDS_A_MESSAGE).join(',')}]}`;
      hubs.append(hub, String((messages + minute - from) % partitions), Buffer.from(text));
      messages += 1;
    }
    for (const { count, status } of slices) {
      requests += count;
      if (status === 502 || status === 504) failed += count;
    }
  }
  return { messages, requests, failed };
}

function recordsOf(world: World, slice: Slice): readonly string[] {
  return Array.from({ length: slice.count }, (_, index) => spelled(recordOf(world, slice, index)));
}

/** The service escapes the slashes inside `properties`, and those alone. */
function spelled({ properties, ...own }: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(properties).replaceAll('/', '\\/');
  return `${JSON.stringify(own).slice(0, -1)},"properties":${text}}`;
}

function recordOf(world: World, slice: Slice, index: number): Readonly<Record<string, unknown>> {
  const { demand, target } = slice;
  const salt = scatter(`${slice.minute}|${demand.path}|${index}`);
  return {
    timeStamp: timeOf(world, slice.minute + salt * 0.98)
      .toISOString()
      .replace(/\.\d+Z$/, '+00:00'),
    resourceId: gatewayId(world).toUpperCase(),
    listenerName: slice.listener,
    ruleName: slice.rule,
    backendPoolName: target?.pool ?? '',
    backendSettingName: target?.setting ?? '',
    operationName: 'ApplicationGatewayAccess',
    category: 'ApplicationGatewayAccessLog',
    properties: {
      instanceId: `appgw_${index % 2}`,
      // 203.0.113.0/24 is set aside for documentation.
      clientIP: `203.0.113.${1 + Math.floor(salt * 250)}`,
      clientPort: 1_024 + Math.floor(salt * 60_000),
      httpMethod: demand.method,
      originalRequestUriWithArgs: `${demand.path}?visit=${index}`,
      requestUri: demand.path,
      requestQuery: `visit=${index}`,
      userAgent: 'shop-app/7.2',
      httpStatus: slice.status,
      httpVersion: 'HTTP/1.1',
      receivedBytes: slice.receivedBytes,
      sentBytes: slice.sentBytes,
      clientResponseTime: 0,
      timeTaken: seconds(slice.took, salt),
      WAFEvaluationTime: '0.000',
      WAFMode: world.gateway.waf?.mode ?? '',
      transactionId: transactionId(slice, index),
      sslEnabled: 'on',
      sslCipher: 'TLS_AES_256_GCM_SHA384',
      sslProtocol: 'TLSv1.3',
      sslClientVerify: 'NONE',
      sslClientCertificateFingerprint: '',
      sslClientCertificateIssuerName: '',
      // Numbers of the backend are texts, and empty where none was reached.
      serverRouted: slice.member ?? '',
      serverStatus: slice.serverStatus === undefined ? '' : String(slice.serverStatus),
      serverResponseLatency: slice.server === undefined ? '' : seconds(slice.server, salt).toFixed(3),
      upstreamSourcePort: slice.member === undefined ? '' : String(20_000 + Math.floor(salt * 10_000)),
      originalHost: demand.host,
      host: demand.host,
      error_info: slice.errorInfo,
      contentType: 'application/json',
    },
  };
}

function seconds(spread: Spread, salt: number): number {
  return Math.round(within(spread, salt)) / 1_000;
}
