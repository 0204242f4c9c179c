import { azPart } from '../../core/az.ts';
import type { Readings } from '../../core/readings.ts';
import type { Target } from '../../core/targets.ts';
import type { FixStep } from '../../core/verdict.ts';
import { isIpAddress, isOnSharedPlatform } from '../../reasoning/backend-address.ts';

/** Gives the probe a Host that the backend serves: the one that was seen to work, or the members' own names. */
export function fixFor(readings: Readings, target: Target, known: string | undefined): readonly FixStep[] {
  const { settingConfig, setting, probe, members } = target;
  const isNamed = members.length > 0 && members.every(({ address }) => !isIpAddress(address));
  const picksMember = known === undefined && isNamed && members.some(({ address }) => isOnSharedPlatform(address));
  const host = known ?? '<host that the backend serves>';
  if (probe && !probe.pickHostNameFromBackendSetting && !picksMember) {
    const update = (value: string) => azPart(readings, ['probe', 'update'], '--name', probe.name, '--host', value);
    return [
      {
        text: `Have probe ${probe.name} ask for a host that the backend serves.`,
        command: update(host),
        ...(probe.host === undefined ? {} : { undo: update(probe.host) }),
      },
    ];
  }
  const options = picksMember ? ['--host-name-from-backend-pool', 'true'] : ['--host-name', host];
  const undo = undoOf(settingConfig);
  const update = (...given: readonly string[]) =>
    azPart(readings, ['http-settings', 'update'], '--name', setting, ...given);
  const onSetting: FixStep = {
    text: `Have backend setting ${setting} send ${picksMember ? "each member's own name" : 'that host'}. This changes the Host of clients' requests, too, so see first that the application's links and cookies bear it.`,
    command: update(...options),
    ...(undo ? { undo: update(...undo) } : {}),
  };
  if (!probe) return [onSetting];
  const take = (from: string) =>
    azPart(readings, ['probe', 'update'], '--name', probe.name, '--host-name-from-http-settings', from);
  if (probe.pickHostNameFromBackendSetting) return [onSetting];
  return [
    onSetting,
    { text: `Have probe ${probe.name} take its host from the setting.`, command: take('true'), undo: take('false') },
  ];
}

function undoOf(config: Target['settingConfig']): readonly string[] | undefined {
  if (!config) return undefined;
  if (config.hostName !== undefined) return ['--host-name', config.hostName, '--host-name-from-backend-pool', 'false'];
  return config.pickHostNameFromBackendAddress
    ? ['--host-name-from-backend-pool', 'true']
    : ['--host-name-from-backend-pool', 'false', '--remove', 'hostName'];
}
