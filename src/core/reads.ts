import { azGateway } from './az.ts';
import type { Readings } from './readings.ts';
import { command } from './shell.ts';
import { gatewayNames } from './targets.ts';
import type { MissingRead } from './verdict.ts';

/** The reads that rules name as missing, worded and spelled once. */

export function backendHealthRead(readings: Readings): MissingRead {
  return {
    read: 'Backend health: what the gateway itself says of every member.',
    evidence: 'backend-health',
    command: azGateway(readings, 'show-backend-health'),
  };
}

export function gatewayRead(readings: Readings): MissingRead {
  return {
    read: 'The gateway resource: pools, backend settings, probes and rules as configured.',
    evidence: 'gateway',
    command: azGateway(readings, 'show'),
  };
}

/** A question to the gateway's logs in Log Analytics, asked by the gateway's own id: no workspace has to be known. */
export function logRead(readings: Readings, read: string, query: string): MissingRead {
  const { id = '<gateway resource id>' } = gatewayNames(readings);
  const where = ['--resource', 'https://api.loganalytics.io', '--url', `https://api.loganalytics.io/v1${id}/query`];
  const body = JSON.stringify({ query, timespan: 'PT2H' });
  return { read, command: command('az', 'rest', '--method', 'post', ...where, '--body', body) };
}

export function accessLogRead(
  readings: Readings,
  read = 'The access log of the failing time: who answered the failed requests, and how quickly.',
): MissingRead {
  const by = 'BackendPoolName, BackendSettingName, HttpStatus, ServerStatus, ErrorInfo';
  return logRead(readings, read, `AGWAccessLogs | where HttpStatus in (502, 504) | summarize count() by ${by}`);
}

export function firewallLogRead(readings: Readings): MissingRead {
  const query = "AGWFirewallLogs | where Action == 'Blocked' | summarize count() by RuleId, Message, RequestUri";
  return logRead(readings, 'The firewall log: which rule blocked the request.', query);
}

/** A TCP connection from inside the virtual network to one port of a member. */
export function portRead(address: string, ports: readonly number[]): MissingRead {
  return {
    evidence: 'probe-results',
    read: `Which ports of ${address} accept a connection from inside the virtual network (${ports.join(', ')}).`,
    command: ports.map((port) => command('nc', '-vz', '-w', '5', address, String(port))).join('; '),
  };
}

/** The certificates as the member serves them, asked for with the name that the gateway would send. */
export function servedChainRead(address: string, port: number, serverName: string | undefined): MissingRead {
  const name = serverName === undefined ? [] : ['-servername', serverName];
  return {
    evidence: 'probe-results',
    read: `The certificate chain that ${address}:${port} serves${serverName === undefined ? '' : ` for ${serverName}`}.`,
    command: `${command('openssl', 's_client', '-connect', `${address}:${port}`, ...name, '-showcerts')} </dev/null`,
  };
}

/**
 * One request to a member, sent as the gateway would send it: to the member's own address, with the host as Host header
 * and, on https, as the name asked for in the handshake. `url` holds the member's address.
 */
export function requestRead(url: string, host: string | undefined, what: string): MissingRead {
  const curl = ['curl', '-sv', '-o', '/dev/null', '--max-time', '30'];
  const match = /^(https?):\/\/(\[[^\]]*\]|[^/:]+)(?::(\d+))?(.*)$/.exec(url);
  const [, scheme = '', address = '', port = scheme === 'https' ? '443' : '80', path = ''] = match ?? [];
  if (host === undefined || !match)
    return { read: what, evidence: 'probe-results', command: command(...curl, '-k', url) };
  if (scheme === 'http')
    return { read: what, evidence: 'probe-results', command: command(...curl, '-H', `Host: ${host}`, url) };
  const aimed = `https://${host}:${port}${path}`;
  return {
    read: what,
    evidence: 'probe-results',
    command: command(...curl, '-k', '--connect-to', `::${address}:${port}`, aimed),
  };
}
