import { type Answer, armError, ok } from './answer.ts';
import { probe } from './probing.ts';
import { gatewayId, holds, isStopped, membersOf, type ProbePlan, settingOf, type World } from './world.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Backend health on demand: the members of one pool probed once, with the probe that the request describes. The request
 * has no field for a port, so the probe goes to the setting's, whatever port the configured probe has. The answer is nested
 * differently from backend health's, and says `Up` and `Down` nowhere but in the specification.
 */
export function onDemandHealth(world: World, body: unknown, minute: number): Answer {
  const request = fieldsOf(body);
  const pool = lastOf(request.backendAddressPool);
  const settingName = lastOf(request.backendHttpSettings);
  const plan = world.gateway.pools.find(({ name }) => name === pool);
  if (!plan || !world.gateway.settings.some(({ name }) => name === settingName)) {
    return armError(400, 'InvalidRequestFormat', 'The pool or the backend setting is not part of the gateway.');
  }
  const setting = settingOf(world, settingName);
  const match = fieldsOf(request.match);
  const asked: ProbePlan = {
    name: 'on-demand',
    protocol: request.protocol === 'Https' ? 'Https' : 'Http',
    path: typeof request.path === 'string' ? request.path : '/',
    ...(typeof request.host === 'string' ? { host: request.host } : {}),
    intervalSeconds: 30,
    timeoutSeconds: typeof request.timeout === 'number' ? request.timeout : 30,
    unhealthyThreshold: 3,
    pickHostNameFromBackendSetting: request.pickHostNameFromBackendHttpSettings === true,
    ...(Array.isArray(match.statusCodes) ? { acceptedStatusCodes: match.statusCodes.map(String) } : {}),
    ...(typeof match.body === 'string' && match.body !== '' ? { matchBody: match.body } : {}),
  };
  const servers = membersOf(world, pool, minute).map((address) => {
    // Nothing comes back over a broken management path, and a stopped gateway probes nobody.
    if (isStopped(world, minute) || holds(world.gateway.healthLost, minute)) return { address, health: 'Unknown' };
    const { healthy, text } = probe(
      withProbe(world, asked, setting.name),
      { pool, setting: setting.name },
      address,
      minute,
    );
    return { address, health: healthy ? 'Healthy' : 'Unhealthy', healthProbeLog: text };
  });
  return ok({
    backendAddressPool: { id: `${gatewayId(world)}/backendAddressPools/${pool}` },
    backendHealthHttpSettings: {
      backendHttpSettings: { id: `${gatewayId(world)}/backendHttpSettingsCollection/${setting.name}` },
      servers,
    },
  });
}

/** The same world, but for the probe of one setting. */
function withProbe(world: World, probePlan: ProbePlan, settingName: string): World {
  const { gateway } = world;
  return {
    ...world,
    gateway: {
      ...gateway,
      probes: [...gateway.probes, probePlan],
      settings: gateway.settings.map((setting) =>
        setting.name === settingName ? { ...setting, probe: probePlan.name } : setting,
      ),
    },
  };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function lastOf(reference: unknown): string {
  const { id } = fieldsOf(reference);
  return typeof id === 'string' ? id.slice(id.lastIndexOf('/') + 1) : '';
}
