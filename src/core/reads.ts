import { azGateway } from './az.ts';
import type { Readings } from './readings.ts';
import { command } from './shell.ts';
import { gatewayNames } from './targets.ts';
import type { MissingRead } from './verdict.ts';

/** The reads that rules name as missing, worded and spelled once. */

export function backendHealthRead(readings: Readings): MissingRead {
  return {
    read: 'Backend health: what the gateway itself says of every member.',
    command: azGateway(readings, 'show-backend-health'),
  };
}

export function gatewayRead(readings: Readings): MissingRead {
  return {
    read: 'The gateway resource: pools, backend settings, probes and rules as configured.',
    command: azGateway(readings, 'show'),
  };
}

export function accessLogRead(
  readings: Readings,
  what = 'The access log of the failing time: who answered the failed requests, and how quickly.',
): MissingRead {
  const { id = '<gateway resource id>' } = gatewayNames(readings);
  const query =
    'AGWAccessLogs | where HttpStatus in (502, 504) | summarize count() by BackendPoolName, BackendSettingName, HttpStatus, ServerStatus, ErrorInfo';
  return {
    read: what,
    command: command(
      'az',
      'rest',
      '--method',
      'post',
      '--resource',
      'https://api.loganalytics.io',
      '--url',
      `https://api.loganalytics.io/v1${id}/query`,
      '--body',
      JSON.stringify({ query, timespan: 'PT2H' }),
    ),
  };
}

export function firewallLogRead(readings: Readings): MissingRead {
  const { id = '<gateway resource id>' } = gatewayNames(readings);
  const query = "AGWFirewallLogs | where Action == 'Blocked' | summarize count() by RuleId, Message, RequestUri";
  return {
    read: 'The firewall log: which rule blocked the request.',
    command: command(
      'az',
      'rest',
      '--method',
      'post',
      '--resource',
      'https://api.loganalytics.io',
      '--url',
      `https://api.loganalytics.io/v1${id}/query`,
      '--body',
      JSON.stringify({ query, timespan: 'PT2H' }),
    ),
  };
}

/** A TCP connection from inside the virtual network to one port of a member. */
export function portRead(address: string, ports: readonly number[]): MissingRead {
  return {
    read: `Which ports of ${address} accept a connection from inside the virtual network (${ports.join(', ')}).`,
    command: ports.map((port) => command('nc', '-vz', '-w', '5', address, String(port))).join('; '),
  };
}

/** The certificates as the member serves them, asked for with the name that the gateway would send. */
export function servedChainRead(address: string, port: number, serverName: string | undefined): MissingRead {
  const name = serverName === undefined ? [] : ['-servername', serverName];
  return {
    read: `The certificate chain that ${address}:${port} serves${serverName === undefined ? '' : ` for ${serverName}`}.`,
    command: `${command('openssl', 's_client', '-connect', `${address}:${port}`, ...name, '-showcerts')} </dev/null`,
  };
}

/** One request to a member, sent as the gateway would send it. */
export function requestRead(url: string, host: string | undefined, what: string): MissingRead {
  const header = host === undefined ? [] : ['-H', `Host: ${host}`];
  return { read: what, command: command('curl', '-skv', '-o', '/dev/null', '--max-time', '30', ...header, url) };
}
