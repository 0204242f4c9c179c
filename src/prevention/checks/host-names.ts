import { azPart } from '../../core/az.ts';
import { type Listener, poolNamed } from '../../core/gateway.ts';
import { accessLogRead } from '../../core/reads.ts';
import { sameName } from '../../core/resource-id.ts';
import { trafficOf } from '../../core/targets.ts';
import { isGatewayError, requestsIn } from '../../core/traffic.ts';
import type { FixStep } from '../../core/verdict.ts';
import { isIpAddress, isOnSharedPlatform } from '../../reasoning/backend-address.ts';
import { citeRequests, isServed } from '../../reasoning/from-access-log.ts';
import { hostAskedFor } from '../../reasoning/probe-request.ts';
import { type AuditReadings, type Check, type Finding, found, type Judgement, together } from '../check.ts';
import { citeGateway, costOfPool, scopeIn, type UsedTarget, usedTargets, withGateway } from '../in-use.ts';

export const hostNames = {
  id: 'host-names',
  title: 'The host names of probe, backend setting and members do not line up',
  costsUpTo: 'outage',
  prevents: [
    'host-header-rejected',
    'probe-host-not-served',
    'certificate-name-mismatch',
    'tls-handshake-failed',
    'backend-access-restricted',
    'ingress-route-missing',
  ],
  reads: ['gateway', 'access-log'],
  meaning:
    'A backend that tells its sites apart by the Host answers only to the names that it knows. Where the probe sends one ' +
    'name and requests carry another, health is green while clients get 404 or 502; where an address stands in for a name, ' +
    'no server name is sent in the handshake.',
  blindSpots: ['Which names a backend serves is not written in the gateway; answered requests show it.'],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, () =>
    together(
      usedTargets(readings).flatMap((target) => [
        sharedPlatform(readings, target),
        otherHost(readings, target),
        addressAsName(readings, target),
      ]),
    ),
  );
}

/** So many good answers are not by chance, whatever else was asked for. */
const MIN_SERVED = 20;

/** Whether clients were answered well through this target: then the names that they use are served. */
function isServing(readings: AuditReadings, target: UsedTarget): boolean {
  const groups = trafficOf(readings, target);
  const served = requestsIn(groups.filter((group) => isServed(group) && group.status < 400));
  const failed = requestsIn(groups.filter((group) => isGatewayError(group) || group.status === 404));
  return served >= MIN_SERVED || (served > 0 && served > failed);
}

function settingStep(readings: AuditReadings, target: UsedTarget, text: string): FixStep {
  const { settingConfig, setting } = target;
  const update = (...options: readonly string[]) =>
    azPart(readings, ['http-settings', 'update'], '--name', setting, ...options);
  const undo =
    settingConfig.hostName === undefined
      ? update('--host-name-from-backend-pool', 'false')
      : update('--host-name', settingConfig.hostName, '--host-name-from-backend-pool', 'false');
  return { text, command: update('--host-name-from-backend-pool', 'true'), undo };
}

/** A platform that serves many customers is sent the client's own host, which it knows only where somebody bound it. */
function sharedPlatform(readings: AuditReadings, target: UsedTarget): Judgement {
  const { settingConfig, poolConfig, setting, pool } = target;
  const member = poolConfig.addresses.find(isOnSharedPlatform);
  const isSet = settingConfig.hostName !== undefined || settingConfig.pickHostNameFromBackendAddress === true;
  if (member === undefined || isSet || isServing(readings, target)) return found();
  return found({
    cost: costOfPool(readings, pool),
    nearness: 'someday',
    scope: scopeIn(readings, { pool, setting, members: [member] }),
    says: `Requests reach ${member} with the host that the client asked for, which it serves only where that domain is bound to it.`,
    because: [
      citeGateway(`"fqdn": "${member}"`, 'This platform tells its sites apart by the Host.'),
      citeGateway(`no "hostName" in backend setting ${setting}`, 'So the Host of the client is passed on.'),
    ],
    missing: readings.traffic ? [] : [accessLogRead(readings, 'The access log: whether such requests are answered.')],
    fix: [
      { text: "Bind the client's domain to the app, which keeps cookies and redirects right." },
      settingStep(readings, target, 'Or let the backend setting send the name of the member.'),
    ],
  });
}

function hostsOfListeners(readings: AuditReadings, target: UsedTarget): readonly Listener[] {
  const listeners = readings.gateway?.listeners ?? [];
  return target.routes.flatMap(
    ({ listener }) => listeners.find(({ name }) => listener !== undefined && sameName(name, listener)) ?? [],
  );
}

/** A probe with a host of its own, beside requests that carry another one for certain. */
function otherHost(readings: AuditReadings, target: UsedTarget): Judgement {
  const { probe, settingConfig, pool, setting } = target;
  const { host } = probe ?? {};
  if (!probe || host === undefined || host === '' || probe.pickHostNameFromBackendSetting) return found();
  const sent = hostsSent(readings, target);
  const refused = refusedHost(readings, target, host);
  if (refused) return found(refused);
  if (sent.length === 0 || sent.some((name) => covers(name, host))) return found();
  // A machine that is known by its address and speaks plain HTTP rarely minds the Host.
  const minds =
    /^(https|tls)$/i.test(settingConfig.protocol ?? '') ||
    target.poolConfig.addresses.some((address) => !isIpAddress(address));
  const isFine = !minds || isServing(readings, target);
  const says = `Probe ${probe.name} asks for host ${host}, and requests carry ${sent.slice(0, 3).join(', ')}.`;
  const quote =
    settingConfig.hostName !== undefined
      ? `"hostName": "${settingConfig.hostName}"`
      : settingConfig.pickHostNameFromBackendAddress === true
        ? '"pickHostNameFromBackendAddress": true'
        : `"hostNames": ${JSON.stringify(sent.slice(0, 3))}`;
  const update = (...options: readonly string[]) =>
    azPart(readings, ['probe', 'update'], '--name', probe.name, ...options);
  const isSetHere = settingConfig.hostName !== undefined || settingConfig.pickHostNameFromBackendAddress === true;
  const [only] = sent;
  const fits = isSetHere
    ? update('--host-name-from-http-settings', 'true')
    : update('--host', only !== undefined && sent.length === 1 ? only : '<a host that clients ask for>');
  return found({
    cost: isFine ? 'hygiene' : costOfPool(readings, pool),
    nearness: 'someday',
    scope: scopeIn(readings, { pool, setting, probe: probe.name }),
    says,
    because: [
      citeGateway(`"host": "${host}"`, `Probe ${probe.name} sends this Host.`),
      citeGateway(quote, 'Requests carry another one.'),
    ],
    missing: readings.traffic ? [] : [accessLogRead(readings, 'The access log: whether such requests are answered.')],
    fix: [
      {
        text: 'Let the probe ask with the host that requests carry.',
        command: fits,
        undo: update('--host', host, '--host-name-from-http-settings', 'false'),
      },
    ],
  });
}

/** Fewer requests than these can all have been for pages that are not there. */
const MIN_REFUSED = 20;

/**
 * A host that clients ask for, other than the probe's, of which the members answer nothing but that they do not know it:
 * it has a listener, and no backend behind it.
 */
function refusedHost(readings: AuditReadings, target: UsedTarget, probed: string): Finding | undefined {
  if (target.settingConfig.hostName !== undefined || target.settingConfig.pickHostNameFromBackendAddress)
    return undefined;
  const all = trafficOf(readings, target);
  const byHost = Map.groupBy(all, (group) => hostAskedFor(group) ?? '');
  for (const [host, groups] of byHost) {
    if (host === '' || sameName(host, probed)) continue;
    const refused = groups.filter(({ serverStatus = 0 }) => [400, 403, 404, 421].includes(serverStatus));
    if (requestsIn(refused) < MIN_REFUSED || requestsIn(refused) < requestsIn(groups)) continue;
    return {
      cost: 'requests',
      nearness: 'now',
      scope: scopeIn(readings, { pool: target.pool, setting: target.setting, resource: `host ${host}` }),
      says: `Members of ${target.pool} answer nothing for host ${host}, while the probe asks for ${probed} and is content.`,
      because: [
        citeRequests(refused, groups, `serverStatus 400, 403, 404 or 421, host ${host}`, 'No other answer was logged.'),
        citeGateway(`"host": "${probed}"`, `Probe ${target.probe?.name} sends this Host.`),
      ],
      fix: [
        { text: `Bind ${host} to the application, or take it off the listener.` },
        settingStep(readings, target, 'Or let the backend setting send a name that the members serve.'),
      ],
    };
  }
  return undefined;
}

/** The hosts that requests are known to carry to the members; none where any host may be asked for. */
function hostsSent(readings: AuditReadings, target: UsedTarget): readonly string[] {
  const { settingConfig, poolConfig } = target;
  if (settingConfig.hostName !== undefined) return [settingConfig.hostName];
  if (settingConfig.pickHostNameFromBackendAddress) {
    const isOpen = poolConfig.nicIpConfigurationIds.length > 0 || poolConfig.addresses.length === 0;
    return isOpen ? [] : poolConfig.addresses;
  }
  const listeners = hostsOfListeners(readings, target);
  return listeners.every(({ hostNames: names }) => names.length > 0)
    ? [...new Set(listeners.flatMap(({ hostNames: names }) => names))]
    : [];
}

/**
 * Whether a host of a listener is that name, or covers it: `*` stands for any number of characters, `?` for one. Patterns
 * come from outside, so they are matched without a regular expression, which some would keep busy for ever.
 */
function covers(pattern: string, host: string): boolean {
  const [wanted, name] = [pattern.slice(0, 253).toLowerCase(), host.slice(0, 253).toLowerCase()];
  let [at, matched, star, resume] = [0, 0, -1, 0];
  while (matched < name.length) {
    if (wanted[at] === '*') {
      [star, resume] = [at, matched];
      at += 1;
    } else if (wanted[at] === '?' || (at < wanted.length && wanted[at] === name[matched])) {
      at += 1;
      matched += 1;
    } else if (star >= 0) {
      // The last star takes one character more.
      resume += 1;
      [at, matched] = [star + 1, resume];
    } else return false;
  }
  return /^\**$/.test(wanted.slice(at));
}

/** Over TLS an address in place of a name sends no server name, and is on hardly any certificate. */
function addressAsName(readings: AuditReadings, target: UsedTarget): Judgement {
  const { settingConfig, probe, pool, setting, poolConfig } = target;
  if (!/^(https|tls)$/i.test(settingConfig.protocol ?? '') || settingConfig.validateSni === false) return found();
  if (settingConfig.sniName !== undefined || poolNamed(readings.gateway, pool) === undefined) return found();
  const findings: Finding[] = [];
  const add = (name: string, quote: string, where: string, fix: FixStep) =>
    findings.push({
      cost: isServing(readings, target) ? 'hygiene' : costOfPool(readings, pool),
      nearness: 'someday',
      scope: scopeIn(readings, { pool, setting, ...(where === setting ? {} : { probe: where }) }),
      says: `${where} uses the address ${name} as a host name over ${settingConfig.protocol}, so no server name is sent in the handshake.`,
      because: [citeGateway(quote, `This is in ${where}.`)],
      missing: readings.traffic ? [] : [accessLogRead(readings, 'The access log: whether such requests are answered.')],
      fix: [fix],
    });
  const { hostName } = settingConfig;
  if (hostName !== undefined && isIpAddress(hostName)) {
    const update = (value: string) =>
      azPart(readings, ['http-settings', 'update'], '--name', setting, '--host-name', value);
    const text = 'Send a name that is on the certificate of the members.';
    add(hostName, `"hostName": "${hostName}"`, setting, {
      text,
      command: update('<name on the certificate>'),
      undo: update(hostName),
    });
  }
  const host = probe?.pickHostNameFromBackendSetting ? undefined : probe?.host;
  // A probe that asks a loopback address is asked to do so where sites are told apart by nothing.
  if (probe && host !== undefined && isIpAddress(host) && /^https$/i.test(probe.protocol ?? '')) {
    const update = (value: string) => azPart(readings, ['probe', 'update'], '--name', probe.name, '--host', value);
    add(host, `"host": "${host}"`, probe.name, {
      text: 'Let the probe ask with a name that is on the certificate of the members.',
      command: update('<name on the certificate>'),
      undo: update(host),
    });
  }
  const picked = settingConfig.pickHostNameFromBackendAddress ? poolConfig.addresses.find(isIpAddress) : undefined;
  if (hostName === undefined && picked !== undefined) {
    add(picked, '"pickHostNameFromBackendAddress": true', setting, {
      text: 'Give the backend setting a host name of its own, one that is on the certificate of the members.',
      command: azPart(
        readings,
        ['http-settings', 'update'],
        ...['--name', setting, '--host-name', '<name on the certificate>', '--host-name-from-backend-pool', 'false'],
      ),
      undo: azPart(
        readings,
        ['http-settings', 'update'],
        ...['--name', setting, '--host-name-from-backend-pool', 'true'],
      ),
    });
  }
  return found(...findings);
}
