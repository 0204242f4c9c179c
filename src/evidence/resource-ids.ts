/** Ids of network resources, as far as collectors need their parts. */

export interface ResourceIdParts {
  /** The id as it was given, up to the resource's name. */
  readonly id: string;
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly name: string;
}

/**
 * Reads the id of a resource of one type, or of something inside it: `networkInterfaces` reads the interface out of the
 * id of one of its IP configurations. The characters are those that Azure allows in names, so that a part can stand in a
 * query between quotes.
 */
export function resourceIn(id: string, type: string): ResourceIdParts | undefined {
  const match = ID.exec(id);
  const [, subscription, resourceGroup, rest = ''] = match ?? [];
  if (subscription === undefined || resourceGroup === undefined) return undefined;
  const [found, provider, name] = new RegExp(`^/providers/([\\w.]+)/${type}/([\\w.-]+)(?=/|$)`, 'i').exec(rest) ?? [];
  if (found === undefined || provider === undefined || name === undefined) return undefined;
  return { id: `${id.slice(0, id.length - rest.length)}${found}`, subscription, resourceGroup, name };
}

const ID = /^\/subscriptions\/([\w-]+)\/resourcegroups\/([\p{L}\p{N}_.()-]+)(\/providers\/[^\s'"]+)$/iu;

export interface SubnetId extends ResourceIdParts {
  /** The name of the virtual network; `name` is the subnet's. */
  readonly network: string;
}

export function subnetIn(id: string): SubnetId | undefined {
  const network = resourceIn(id, 'virtualNetworks');
  const [tail, name] = /^\/subnets\/([\w.-]+)/i.exec(id.slice(network?.id.length ?? 0)) ?? [];
  return network && tail !== undefined && name !== undefined
    ? { ...network, id: `${network.id}${tail}`, network: network.name, name }
    : undefined;
}
