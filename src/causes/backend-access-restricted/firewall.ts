import type { Member } from '../../core/backend-health.ts';
import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Citation } from '../../core/verdict.ts';
import { citeFinding, issuesTo } from '../../reasoning/connectivity.ts';
import { destinationOf } from '../../reasoning/member-network.ts';
import { passageTo } from '../../reasoning/member-passage.ts';
import { citePorts, observationsOfMember, portsOf } from '../../reasoning/probed-ports.ts';
import type { Unreached } from '../../reasoning/reachability.ts';
import { citeRule } from '../../reasoning/security-rules.ts';

/** What speaks for a firewall inside the machine where a member cannot be reached. */

export interface FirewallSign {
  readonly member: Member;
  readonly level: 'confirmed' | 'likely';
  readonly citations: readonly Citation[];
}

export function firewallSign(readings: Readings, unreached: Unreached, member: Member): FirewallSign | undefined {
  return guestFirewall(readings, unreached, member) ?? droppedPort(readings, unreached, member);
}

/** Network Watcher asks the agent inside the machine, so only it can name the firewall there. */
function guestFirewall(readings: Readings, { port }: Unreached, member: Member): FirewallSign | undefined {
  const found = issuesTo(readings, destinationOf(readings, member, port), /^guestfirewall$/i);
  const atMember = found.filter(({ at, issue }) => at === 'destination' && !sameName(issue.origin ?? '', 'Outbound'));
  const finding = atMember.find(({ isFromGateway }) => isFromGateway) ?? atMember[0];
  if (!finding) return undefined;
  const from = finding.isFromGateway ? 'from the gateway' : 'whose start is not told';
  const says = `A connectivity check ${from} is stopped by the firewall inside ${member.address}.`;
  return { member, level: finding.isFromGateway ? 'confirmed' : 'likely', citations: [citeFinding(finding, says)] };
}

/**
 * A machine that refuses closed ports, and is silent on this one, drops what comes for it: where its security rules let
 * the port pass, that is its own firewall.
 */
function droppedPort(readings: Readings, { target, port }: Unreached, member: Member): FirewallSign | undefined {
  const ports = portsOf(observationsOfMember(readings, member));
  const own = ports.find((seen) => (port === undefined ? seen.isConfigured : seen.port === port));
  const refused = ports.find(({ state }) => state === 'refused');
  const passage = passageTo(readings, target, member, port);
  const isLetPass = passage?.outcome === 'open' || passage?.outcome === 'seems-open';
  if (own?.state !== 'silent' || !refused || !isLetPass) return undefined;
  const says = `${member.address} refuses connections to port ${refused.port}, so it is up, and is silent on port ${own.port}.`;
  const allowed = passage.rule
    ? [citeRule(passage.guard.evidence, passage.rule, `Rule ${passage.rule.name} lets port ${own.port} pass.`)]
    : [];
  return { member, level: 'likely', citations: [citePorts(ports, says), ...allowed] };
}
