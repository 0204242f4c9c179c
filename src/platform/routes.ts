import * as z from 'zod';
import type { Route } from '../core/routing.ts';
import { SEVERITIES } from '../core/severity.ts';
import type { Sink } from '../sinks/sink.ts';
import type { Environment, SettingDeclaration } from './settings.ts';

/** Every sink can be kept for what is serious, or for what lasts. */
export function routeSettingsOf({ name, title }: Pick<Sink, 'name' | 'title'>): readonly SettingDeclaration[] {
  return [
    {
      name: fromSeverityOf(name),
      description: `${title} is told of incidents from this severity on: critical, error, warning or info. Default: info.`,
      isSecret: false,
      sample: 'info',
    },
    {
      name: afterMinutesOf(name),
      description: `${title} is told of lesser incidents after all when they last this many minutes. Default: never.`,
      isSecret: false,
      sample: '',
    },
  ];
}

const severity = z.enum(SEVERITIES, { error: `must be one of ${SEVERITIES.join(', ')}` });
const minutes = z.coerce.number('must be a number of minutes').min(1).max(10_080);

/** Throws an Error that names the setting and what it must be. */
export function routeOf(name: string, takesPages: boolean, environment: Environment): Route {
  const fromSeverity = read(severity, fromSeverityOf(name), environment);
  const afterMinutes = read(minutes, afterMinutesOf(name), environment);
  return {
    name,
    takesPages,
    ...(fromSeverity === undefined ? {} : { fromSeverity }),
    ...(afterMinutes === undefined ? {} : { afterMinutes }),
  };
}

function read<Value>(schema: z.ZodType<Value>, name: string, environment: Environment): Value | undefined {
  const value = environment[name];
  if (value === undefined || value === '') return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Error(`These settings are not usable: ${name} ${result.error.issues[0]?.message ?? 'is not valid'}.`);
}

function fromSeverityOf(name: string): string {
  return `${settingPrefixOf(name)}_FROM_SEVERITY`;
}

function afterMinutesOf(name: string): string {
  return `${settingPrefixOf(name)}_AFTER_MINUTES`;
}

/** `event-hub` as `EVENT_HUB`. */
function settingPrefixOf(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
