import type { Readings } from '../../core/readings.ts';
import { command } from '../../core/shell.ts';
import type { FixStep } from '../../core/verdict.ts';
import { gatewayRange } from '../../reasoning/gateway-network.ts';
import { networkOf } from '../../reasoning/member-network.ts';
import { type Detour, isDefault } from './paths.ts';

/** The step that takes a detour away, with the real names where a route table shows them. */
export function fixFor(readings: Readings, { way, kind, route, table }: Detour): FixStep {
  if (kind === 'no-peering') return peer(readings);
  const [, resourceGroup = '<resource-group of the route table>'] =
    /\/resourcegroups\/([^/]+)/i.exec(table?.id ?? '') ?? [];
  const of = (name: string) => [
    '--resource-group',
    resourceGroup,
    '--route-table-name',
    table?.name ?? '<route table of the backend subnet>',
    '--name',
    name,
  ];
  const [prefix = '<prefix>'] = route?.prefixes ?? [];
  const [address] = route?.nextHopAddresses ?? [];
  const hop = [
    ...['--next-hop-type', route?.nextHopType ?? '<next hop type>'],
    ...(address === undefined ? [] : ['--next-hop-ip-address', address]),
  ];
  if (table && route?.name !== undefined) {
    const verb = (word: string, ...options: readonly string[]) =>
      command('az', 'network', 'route-table', 'route', word, ...of(route.name ?? ''), ...options);
    if (way === 'there' && isDefault(prefix)) {
      return {
        text: `Point route ${route.name} of ${table.name ?? 'the route table'} at the Internet, as a gateway that is not isolated needs it.`,
        command: verb('update', '--next-hop-type', 'Internet', '--remove', 'nextHopIpAddress'),
        undo: verb('update', ...hop),
      };
    }
    return {
      text: `Remove route ${route.name} from ${table.name ?? 'the route table'}, or narrow it, so that gateway and backends reach each other directly; others may rely on it. Where the way through the appliance is meant, have it let both directions pass.`,
      command: verb('delete'),
      undo: verb('create', '--address-prefix', prefix, ...hop),
    };
  }
  const own = of('to-application-gateway');
  return {
    text: 'Give the subnet of the backend a route of its own to the gateway subnet, narrower than the one that diverts; or have the appliance let both directions pass.',
    command: command(
      ...['az', 'network', 'route-table', 'route', 'create', ...own],
      ...['--address-prefix', gatewayRange(readings), '--next-hop-type', 'VnetLocal'],
    ),
    undo: command('az', 'network', 'route-table', 'route', 'delete', ...own),
  };
}

/** Joins the networks of backend and gateway. */
export function peer({ gateway }: Readings): FixStep {
  const remote =
    gateway?.subnetIds.map(networkOf).find((id) => id !== undefined) ?? '<id of the virtual network of the gateway>';
  const where = [
    '--name',
    'to-application-gateway',
    '--resource-group',
    '<resource-group of the backend>',
    '--vnet-name',
    '<virtual network of the backend>',
  ];
  return {
    text: 'Peer the two virtual networks, from both sides.',
    command: command(
      'az',
      'network',
      'vnet',
      'peering',
      'create',
      ...where,
      '--remote-vnet',
      remote,
      '--allow-vnet-access',
    ),
    undo: command('az', 'network', 'vnet', 'peering', 'delete', ...where),
  };
}
