import type { SecurityRule } from '../core/network.ts';
import type { RuleGroup } from '../core/network-rules.ts';
import { lastSegment } from '../core/resource-id.ts';
import { command } from '../core/shell.ts';
import type { Citation, FixStep } from '../core/verdict.ts';

/** Quoting a security rule, and the command that puts an allow above it. */

export function citeRule(evidence: Citation['evidence'], rule: SecurityRule, says: string): Citation {
  const access = rule.access === 'deny' ? 'Deny' : 'Allow';
  return { evidence, quote: `"name": "${rule.name}", "priority": ${rule.priority}, "access": "${access}"`, says };
}

export interface Opening {
  readonly text: string;
  /** The name of the rule to create. */
  readonly name: string;
  /** The group that holds the deny, and the deny itself. */
  readonly group: RuleGroup;
  readonly deny?: SecurityRule;
  readonly direction: 'Inbound' | 'Outbound';
  readonly source: string;
  readonly destination?: string;
  readonly ports: string;
  readonly protocol?: string;
}

/** Allows just this traffic above the rule that denies it; the undo takes the new rule away again. */
export function allowAbove(opening: Opening): FixStep {
  const { text, name, group, deny, direction, source, destination, ports, protocol = 'Tcp' } = opening;
  const [, resourceGroup = '<resource-group of the security group>'] =
    /\/resourcegroups\/([^/]+)/i.exec(group.id ?? '') ?? [];
  const groupName = group.name ?? deny?.group ?? (group.id === undefined ? '<security group>' : lastSegment(group.id));
  const where = ['--resource-group', resourceGroup, '--nsg-name', groupName, '--name', name];
  const priority = freePriority(group.rules, deny, direction);
  return {
    text,
    command: command(
      ...['az', 'network', 'nsg', 'rule', 'create', ...where],
      ...['--priority', priority === undefined ? '<below the priority of the deny rule>' : String(priority)],
      ...['--direction', direction, '--access', 'Allow', '--protocol', protocol],
      ...['--source-address-prefixes', source],
      ...(destination === undefined ? [] : ['--destination-address-prefixes', destination]),
      ...['--destination-port-ranges', ports],
    ),
    undo: command('az', 'network', 'nsg', 'rule', 'delete', ...where),
  };
}

/** Own rules take priorities from 100 to 4096. The highest free one above the deny leaves the rules before it as they are. */
function freePriority(
  rules: readonly SecurityRule[],
  deny: SecurityRule | undefined,
  direction: Opening['direction'],
): number | undefined {
  if (!deny) return undefined;
  const taken = new Set(
    rules.filter((rule) => rule.direction === direction.toLowerCase()).map(({ priority }) => priority),
  );
  for (let priority = Math.min(deny.priority, 4097) - 1; priority >= 100; priority -= 1) {
    if (!taken.has(priority)) return priority;
  }
  return undefined;
}
