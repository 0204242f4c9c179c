/** Azure resource ids. One answer can spell one id in four ways, so ids are compared by their lower case only. */

const GATEWAY_ID =
  /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/microsoft\.network\/applicationgateways\/([^/]+)/i;

export interface GatewayId {
  /** The id up to the gateway's name, spelled as it was given. */
  readonly id: string;
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly name: string;
}

/** Reads the gateway out of its own id, or out of the id of anything inside it (a pool, a probe, a listener). */
export function parseGatewayId(id: string): GatewayId | undefined {
  const match = GATEWAY_ID.exec(id.trim());
  const [whole, subscription, resourceGroup, name] = match ?? [];
  if (!whole || !subscription || !resourceGroup || !name) return undefined;
  return { id: whole, subscription, resourceGroup, name };
}

/** The last segment of an id: the name of a pool, setting or probe. A bare name is its own last segment. */
export function lastSegment(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

/** Whether two ids or names mean the same thing. */
export function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
