import type { Readings } from '../core/readings.ts';
import { command } from '../core/shell.ts';
import type { FixStep, MissingRead } from '../core/verdict.ts';
import { privateDnsRead } from './private-names.ts';

/** How a backend's name becomes an address: what to ask, and how to mend it. */

/** The virtual network of the gateway, by the id of its subnet. */
export function networkIdOf({ gateway }: Readings): string {
  const subnet = gateway?.subnetIds[0];
  return subnet?.replace(/\/subnets\/[^/]*$/i, '') ?? '<virtual network id>';
}

/** The look-up as the gateway would do it, and the DNS servers that it asks. */
export function resolutionReads(readings: Readings, address: string): readonly MissingRead[] {
  const lookUp = ['--command-id', 'RunShellScript', '--scripts', `nslookup ${lookUpName(address)}`];
  const vm = ['--resource-group', '<resource-group>', '--name', '<vm in the same network>'];
  const servers = ['--ids', networkIdOf(readings), '--query', 'dhcpOptions.dnsServers'];
  return [
    {
      evidence: 'probe-results',
      read: `Whether ${address} resolves with the DNS servers of the gateway's virtual network.`,
      command: command('az', 'vm', 'run-command', 'invoke', ...vm, ...lookUp),
    },
    {
      ...(readings.networks ? {} : { evidence: 'virtual-network' }),
      read: 'Which DNS servers the virtual network uses; none means those of Azure.',
      command: command('az', 'network', 'vnet', 'show', ...servers),
    },
    privateDnsRead(address),
  ];
}

/** The name goes into a script that a shell on another machine runs, so only what a name can hold is let through. */
function lookUpName(address: string): string {
  return /^[A-Za-z0-9._-]+$/.test(address) ? address : '<name>';
}

/** Links a private DNS zone to the gateway's own network, which is where the gateway looks for it. */
export function linkZone(
  readings: Readings,
  text: string,
  { name: zoneName = '<private zone>', id = '' }: { readonly name?: string; readonly id?: string } = {},
): FixStep {
  const [, group = '<resource-group>'] = /\/resourcegroups\/([^/]+)/i.exec(id) ?? [];
  const zone = ['--resource-group', group, '--zone-name', zoneName, '--name', '<link>'];
  const network = ['--virtual-network', networkIdOf(readings), '--registration-enabled', 'false'];
  return {
    text,
    command: command('az', 'network', 'private-dns', 'link', 'vnet', 'create', ...zone, ...network),
    undo: command('az', 'network', 'private-dns', 'link', 'vnet', 'delete', ...zone),
  };
}

/**
 * Names of Azure's own services. A gateway with a public address asks Azure's DNS for them whatever servers its network
 * has, so what those servers say of such a name is not what the gateway hears.
 */
export function isAzureName(name: string): boolean {
  return /\.(azure\.(net|com|us)|azurewebsites\.(net|us)|windows\.net|microsoft\.com|azure-api\.(net|us|cn)|azurecontainerapps\.io|azurestaticapps\.net|azurefd\.net|chinacloudapi\.cn|usgovcloudapi\.net|chinacloudsites\.cn)$/i.test(
    name,
  );
}
