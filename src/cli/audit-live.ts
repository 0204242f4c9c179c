import { type GatewayId, parseGatewayId } from '../core/resource-id.ts';
import type { GatewayAudit } from '../prevention/audit.ts';
import type { AuditReport, UnreadGateway } from './audit-json.ts';
import { CliError, type Io } from './command.ts';
import { gatewaysInScopes } from './gateways-in-scopes.ts';
import { usable } from './live.ts';
import { startProgress } from './progress.ts';

/** Backend health takes a gateway up to a minute, and asking for it costs little: this many are read side by side. */
const AT_ONCE = 4;

/**
 * Audits gateways as they are now, with the caller's own sign-in: those of the scopes, each a gateway's id, a resource
 * group or a subscription. A gateway that cannot be read is part of the report. Throws a `CliError` where a scope cannot be
 * listed, where it holds no gateway, and where none of several could be read.
 */
export async function auditLive(scopes: readonly string[], io: Pick<Io, 'stderr' | 'env'>): Promise<AuditReport> {
  const [{ readSettings }, { createCredential }, { createDoctorArm }, { gatewaysIn }, gatewayAudit] = await Promise.all(
    [
      import('../platform/settings.ts'),
      import('../platform/azure-clients.ts'),
      import('../platform/doctor-arm.ts'),
      import('../platform/doctor-scope.ts'),
      import('../platform/audit-gateway.ts'),
    ],
  );
  const settings = usable(() => readSettings(io.env));
  const now = () => new Date();
  const progress = startProgress(io);
  try {
    const arm = createDoctorArm(settings, { credential: await createCredential(settings), now });
    progress.say('Looking for gateways');
    const gateways = await gatewaysInScopes(scopes, (scope) => gatewaysIn(arm, scope));
    if (gateways.length === 0) throw new CliError('there is no Application Gateway in this scope');
    const audits = new Map<string, GatewayAudit>();
    const unread: UnreadGateway[] = [];
    let done = 0;
    const auditOne = async ({ id, name }: GatewayId) => {
      const reader = await gatewayAudit.openAuditReader(settings, id, now);
      const snapshot = await gatewayAudit.readForAudit(id, reader);
      const reason = gatewayAudit.unreadReason(snapshot);
      if (reason === undefined) audits.set(id, gatewayAudit.auditSnapshot(snapshot));
      else unread.push({ id, reason });
      done += 1;
      progress.say(`Auditing: ${done} of ${gateways.length} gateways, last ${name}`);
    };
    progress.say(`Auditing ${gateways.length === 1 ? `gateway ${gateways[0]?.name}` : `${gateways.length} gateways`}`);
    await eachOf(gateways, AT_ONCE, auditOne);
    if (audits.size === 0) throw new CliError(`nothing could be read: ${unread[0]?.reason ?? 'no reason is known'}`);
    return {
      // In the order in which they were listed, however long each of them took.
      audits: gateways.flatMap(({ id }) => audits.get(id) ?? []),
      unread: unread.toSorted((left, right) => (left.id < right.id ? -1 : 1)),
    };
  } finally {
    progress.end();
  }
}

async function eachOf<Item>(items: readonly Item[], most: number, work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
}

/** The scopes of `--gateway`, `--subscription` and `--resource-group`. Throws a `CliError` for what is none. */
export function scopesOf(asked: {
  readonly gateways: readonly string[];
  readonly subscriptions: readonly string[];
  readonly resourceGroup?: string;
}): readonly string[] {
  const { gateways, subscriptions, resourceGroup } = asked;
  for (const id of gateways) {
    if (!parseGatewayId(id))
      throw new CliError(
        '--gateway takes the whole resource id: /subscriptions/.../providers/Microsoft.Network/applicationGateways/<name>',
      );
  }
  if (subscriptions.some((id) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)))
    throw new CliError('--subscription takes the id of a subscription');
  if (resourceGroup === undefined) return [...gateways, ...subscriptions.map((id) => `/subscriptions/${id}`)];
  if (subscriptions.length !== 1) throw new CliError('--resource-group needs one --subscription');
  if (!/^[\p{L}\p{N}_().-]{1,90}$/u.test(resourceGroup)) throw new CliError('--resource-group takes the name of one');
  return [...gateways, `/subscriptions/${subscriptions[0]}/resourceGroups/${resourceGroup}`];
}
