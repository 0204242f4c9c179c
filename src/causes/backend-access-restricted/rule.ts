import type { Readings } from '../../core/readings.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import { scopeOf } from '../../core/targets.ts';
import type { FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { isOnSharedPlatform } from '../../reasoning/backend-address.ts';
import { citeCheck, connectivityRead, reachableFromGateway } from '../../reasoning/connectivity.ts';
import { citeMember, notSeenInHealth } from '../../reasoning/from-health.ts';
import { destinationOf, effectiveSecurityRead, interfaceOf } from '../../reasoning/member-network.ts';
import { probeRead } from '../../reasoning/probe-request.ts';
import { citeStatus, type StatusSighting, scopeOfSighting, statusSightings } from '../../reasoning/probe-status.ts';
import {
  describeUnreached,
  platformEndpoint,
  portTest,
  type Unreached,
  unreachedTargets,
} from '../../reasoning/reachability.ts';
import { firewallSign } from './firewall.ts';
import { admitted, doubts, signs } from './forbidden.ts';

const id = 'backend-access-restricted';

export const backendAccessRestricted = {
  id,
  title: 'The backend itself does not let the gateway in',
  maturity: 'stable',
  explains: 'outage',
  sign: 'unreachable',
  reads: [
    ...['backend-health', 'gateway', 'access-log', 'connectivity-check', 'probe-results'],
    ...['nics', 'effective-nsg', 'nsg', 'activity-log'],
  ],
  meaning:
    'Access rules of the platform (App Service, Storage, API Management) answer the gateway with 403, or the firewall of ' +
    "the member's operating system drops its connections. The application and the network in between are well.",
  confirmedBy:
    "A connectivity check from the gateway is stopped by the firewall inside the member. A 403 is never confirmed from these readings: the platform's access rules have to be read.",
  ruledOutBy:
    'Other requests of the gateway to the same endpoint are answered, a connectivity check arrives, or no probe is answered with 403 and no member is out of reach.',
  doNot: [
    'Do not accept 403 in the probe: clients would get it too.',
    'Do not switch the access rules or the firewall off: allow the subnet of the gateway.',
    'Do not allow single instance addresses, which change with updates of the platform.',
  ],
  prevention: [
    'Allow the subnet of the gateway in the same template that restricts the backend.',
    'Give the subnet the service endpoint that the rule needs, or reach the backend by a private endpoint.',
  ],
  blindSpots: [
    'A login, a stopped app, a forbidden directory and a used-up quota are answered with 403 as well.',
    'The access rules of App Service and Storage and the firewall inside a machine are in none of the readings.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const forbidden = statusSightings(readings, (status) => status === 403);
  const verdicts = [
    ...forbidden.map((sighting) => judgeForbidden(readings, sighting)),
    // One target can show both; it gets one verdict.
    ...unreachedTargets(readings)
      .filter(({ target }) => !forbidden.some((sighting) => sighting.target === target || isSame(sighting, target)))
      .map((unreached) => judgeUnreached(readings, unreached)),
  ];
  return verdicts.length > 0 ? verdicts : [notSeenInHealth(readings, id)];
}

function isSame({ target }: StatusSighting, { pool, setting }: Unreached['target']): boolean {
  return target.pool === pool && target.setting === setting;
}

function judgeForbidden(readings: Readings, sighting: StatusSighting): Verdict {
  const { target, example } = sighting;
  const base = { cause: id, scope: scopeOfSighting(readings, sighting), missing: [], fix: [] };
  const against = admitted(readings, sighting);
  if (against.length > 0) return { ...base, verdict: 'ruled-out', because: against };
  const speaking = signs(readings, sighting);
  const doubting = doubts(readings, sighting);
  const who = `Who refuses the probe: the answer of ${example.address} names the platform, a login or the application.`;
  const missing = [accessRulesRead(example.address), probeRead(target, example, who)];
  const because = [citeStatus(sighting), ...speaking, ...doubting].slice(0, 5);
  if (speaking.length === 0 || doubting.length > 0) return { ...base, verdict: 'possible', because, missing };
  const fix = allowOnPlatform(readings, example.address);
  return { ...base, verdict: 'likely', because, missing, fix, weight: 1 + speaking.length };
}

function judgeUnreached(readings: Readings, unreached: Unreached): Verdict {
  const { target, members, port, isOnlyText } = unreached;
  const base = {
    cause: id,
    scope: scopeOf(readings, target, unreached.isWhole ? undefined : members),
    missing: [],
    fix: [],
  };
  const [member] = members;
  const failure = member ? [citeMember(member, `${describeUnreached(unreached)}.`)] : [];
  const found = members.flatMap((one) => firewallSign(readings, unreached, one) ?? []);
  const sure = found.filter(({ level }) => level === 'confirmed');
  const named = sure.length > 0 ? sure : found;
  const [first] = named;
  if (first) {
    const isWhole = named.length === target.members.length;
    const scope = scopeOf(readings, target, isWhole ? undefined : named.map((one) => one.member));
    const because = [...failure, ...first.citations];
    const fix = [openInside(readings, unreached, first.member)];
    if (sure.length > 0 && !isOnlyText) return { ...base, scope, verdict: 'confirmed', because, fix, weight: 3 };
    return { ...base, scope, verdict: 'likely', because, fix, missing: missingReads(readings, unreached), weight: 2 };
  }
  const platform = platformEndpoint(unreached);
  if (platform?.isOpenPort) {
    const says = `${platform.member.address} is an endpoint of the platform, which refuses with an answer of 403, not with silence.`;
    const because = [{ evidence: 'backend-health', quote: platform.member.address, says }];
    return { ...base, verdict: 'ruled-out', because };
  }
  const arrivals = members.map((one) => reachableFromGateway(readings, destinationOf(readings, one, port)));
  const [arrives] = arrivals;
  if (arrives && arrivals.every((check) => check !== undefined)) {
    const says = 'A connection from the gateway arrives, so no firewall drops it.';
    return { ...base, verdict: 'ruled-out', because: [citeCheck(arrives, says)] };
  }
  return { ...base, verdict: 'possible', because: failure, missing: missingReads(readings, unreached) };
}

function missingReads(readings: Readings, unreached: Unreached): readonly MissingRead[] {
  const { target, members, port } = unreached;
  const [member] = members;
  if (!member) return [portTest(unreached)];
  return [
    connectivityRead(readings, member.address, port),
    effectiveSecurityRead(readings, target, member),
    portTest(unreached),
  ];
}

const STORAGE = /\.(blob|web)\.core\./i;
const SITE = /\.(azurewebsites\.(net|us|windows\.net)|chinacloudsites\.cn|appserviceenvironment\.net)$/i;

function accessRulesRead(address: string): MissingRead {
  const name = address.split('.')[0] ?? address;
  const group = ['--resource-group', '<resource-group of the backend>'];
  const read = `The access rules of ${address}.`;
  if (STORAGE.test(address)) {
    return { read, command: command('az', 'storage', 'account', 'show', '--name', name, '--query', 'networkRuleSet') };
  }
  const site = SITE.test(address) ? name : '<app>';
  return { read, command: command('az', 'webapp', 'config', 'access-restriction', 'show', ...group, '--name', site) };
}

function allowOnPlatform({ gateway }: Readings, address: string): readonly FixStep[] {
  const subnet = gateway?.subnetIds[0] ?? '<gateway subnet id>';
  const name = address.split('.')[0] ?? address;
  const group = ['--resource-group', '<resource-group of the backend>'];
  const text = `Allow the subnet of the gateway in the access rules of ${address}; where the subnet has no service endpoint for it, allow the public address that the gateway leaves from.`;
  if (STORAGE.test(address)) {
    const rule = (verb: string) =>
      command('az', 'storage', 'account', 'network-rule', verb, ...group, '--account-name', name, '--subnet', subnet);
    return [{ text, command: rule('add'), undo: rule('remove') }];
  }
  if (!SITE.test(address) && isOnSharedPlatform(address)) return [{ text }];
  const site = ['--name', SITE.test(address) ? name : '<app>', '--rule-name', 'allow-application-gateway'];
  const rule = (verb: string, ...options: readonly string[]) =>
    command('az', 'webapp', 'config', 'access-restriction', verb, ...group, ...site, ...options);
  return [
    { text, command: rule('add', '--action', 'Allow', '--priority', '100', '--subnet', subnet), undo: rule('remove') },
  ];
}

function openInside(readings: Readings, { target, port }: Unreached, member: Unreached['members'][number]): FixStep {
  const machine = interfaceOf(readings, target, member)?.machineId ?? '<id of the machine>';
  const name = 'Allow application gateway';
  const run = (script: string) =>
    command(
      'az',
      'vm',
      'run-command',
      'invoke',
      '--ids',
      machine,
      '--command-id',
      'RunPowerShellScript',
      '--scripts',
      script,
    );
  return {
    text: `Allow port ${port ?? '<port>'} from the range of the gateway subnet in the firewall of ${member.address}: on Windows with this command, on Linux in its own firewall.`,
    command: run(
      `New-NetFirewallRule -DisplayName '${name}' -Direction Inbound -Protocol TCP -LocalPort ${port ?? '<port>'} -RemoteAddress '<gateway-subnet-range>' -Action Allow`,
    ),
    undo: run(`Remove-NetFirewallRule -DisplayName '${name}'`),
  };
}
