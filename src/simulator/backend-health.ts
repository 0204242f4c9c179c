import { probe } from './probing.ts';
import { gatewayId, isStopped, membersOf, targetsInUse, type World } from './world.ts';

/**
 * What backend health answers at a minute: every pool that a rule uses, with what the probe meets at each member.
 *
 * What the service answers for a stopped gateway is not public. The simulator says `Unknown` without a text, which
 * claims the least.
 */
export function backendHealth(world: World, minute: number): unknown {
  const id = gatewayId(world);
  const targets = targetsInUse(world);
  const pools = [...new Set(targets.map(({ pool }) => pool))];
  return {
    backendAddressPools: pools.map((pool) => ({
      backendAddressPool: { id: `${id}/backendAddressPools/${pool}` },
      backendHttpSettingsCollection: targets
        .filter((target) => target.pool === pool)
        .map((target) => ({
          backendHttpSettings: { id: `${id}/backendHttpSettingsCollection/${target.setting}` },
          servers: membersOf(world, pool, minute).map((address) => {
            if (isStopped(world, minute)) return { address, health: 'Unknown' };
            const { healthy, text, errorName } = probe(world, target, address, minute);
            return {
              address,
              health: healthy ? 'Healthy' : 'Unhealthy',
              healthProbeLog: text,
              ...(errorName === undefined ? {} : { healthProbeErrorName: errorName }),
              backendCertificateChainMetadata: { certificateChainMetadata: [] },
            };
          }),
        })),
    })),
  };
}
