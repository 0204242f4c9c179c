import { azPart } from '../core/az.ts';
import type { Readings } from '../core/readings.ts';
import type { Target } from '../core/targets.ts';
import type { FixStep } from '../core/verdict.ts';
import { probeRequestOf } from './probe-request.ts';

/** The changes to a probe that several causes ask for, with what undoes them. */

/**
 * Points the probe at another path: at `served` where one was seen to be answered. Where the default probe is in use, a
 * custom one has to be made first.
 */
export function changeProbePath(
  readings: Readings,
  target: Target,
  text: string,
  served = '/<path that answers 200>',
): readonly FixStep[] {
  const request = probeRequestOf(target);
  if (request && request.probeName === undefined) return replaceDefaultProbe(readings, target, text, served);
  const name = request?.probeName ?? target.settingConfig?.probeName ?? '<probe>';
  const update = (path: string) => azPart(readings, ['probe', 'update'], '--name', name, '--path', path);
  return [
    {
      text,
      command: update(served),
      ...(target.probe?.path === undefined ? {} : { undo: update(target.probe.path) }),
    },
  ];
}

/** Lets the probe accept one more status code. */
export function acceptStatus(readings: Readings, target: Target, status: number, text: string): readonly FixStep[] {
  const request = probeRequestOf(target);
  // The default probe's range cannot be changed; a custom probe has to replace it, which `changeProbePath` shows.
  if (request && request.probeName === undefined) return [];
  const name = request?.probeName ?? target.settingConfig?.probeName ?? '<probe>';
  const update = (codes: readonly string[]) =>
    azPart(readings, ['probe', 'update'], '--name', name, '--match-status-codes', ...codes);
  const accepted = request?.accepted ?? ['<codes accepted today>'];
  return [
    {
      text,
      command: update([...accepted, String(status)]),
      ...(request ? { undo: update(accepted) } : {}),
    },
  ];
}

function replaceDefaultProbe(readings: Readings, target: Target, text: string, served: string): readonly FixStep[] {
  const { settingConfig, setting } = target;
  const namesHost = settingConfig?.hostName !== undefined || settingConfig?.pickHostNameFromBackendAddress === true;
  const host = namesHost ? ['--host-name-from-http-settings', 'true'] : ['--host', '<host that the backend serves>'];
  const name = `probe-${setting}`;
  return [
    {
      text: `${text} The default probe cannot be changed, so make a custom one.`,
      command: azPart(
        readings,
        ['probe', 'create'],
        ...['--name', name, '--protocol', settingConfig?.protocol ?? '<Http or Https>'],
        ...['--path', served, ...host],
      ),
      undo: azPart(readings, ['probe', 'delete'], '--name', name),
    },
    {
      text: `Have backend setting ${setting} use it.`,
      command: azPart(readings, ['http-settings', 'update'], '--name', setting, '--probe', name),
      undo: azPart(readings, ['http-settings', 'update'], '--name', setting, '--remove', 'probe'),
    },
  ];
}
