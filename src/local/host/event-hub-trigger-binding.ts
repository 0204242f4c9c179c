import { resolveSettings } from './queue-storage.ts';
import type { BindingInfo } from './rpc.ts';

type Settings = Readonly<Record<string, string | undefined>>;

/** What an event hub trigger reads from, with the app settings filled in. */
export interface EventHubBinding {
  readonly connectionString: string;
  readonly eventHubName: string;
  readonly consumerGroup: string;
  /** How the events are handed over: as bytes, or as texts of which JSON is parsed. */
  readonly dataType: 'binary' | 'string';
  /** Where checkpoints and ownership are kept. */
  readonly storageConnectionString: string;
}

/** The registered binding. Throws one clear sentence where it cannot be driven here. */
export function eventHubOf(info: BindingInfo, settings: Settings): EventHubBinding {
  if (info.cardinality !== 'many') {
    throw new Error('The local host drives event hub triggers with "cardinality" "many" only.');
  }
  const connectionString = connectionOf(info, settings);
  // A hub that the connection string names wins over the binding, as in Azure.
  const [, entityPath] = /(?:^|;)\s*EntityPath=([^;]+)/i.exec(connectionString) ?? [];
  const eventHubName = entityPath ?? resolveSettings(String(info.eventHubName ?? ''), settings);
  if (eventHubName === '') throw new Error('The trigger names no event hub.');
  const storageConnectionString = settings.AzureWebJobsStorage;
  if (!storageConnectionString) throw new Error('Checkpoints need a connection string in "AzureWebJobsStorage".');
  return {
    connectionString,
    eventHubName,
    consumerGroup: resolveSettings(String(info.consumerGroup ?? '$Default'), settings),
    dataType: String(info.dataType ?? '').toLowerCase() === 'binary' ? 'binary' : 'string',
    storageConnectionString,
  };
}

/** The service takes an identity as well: `<name>__fullyQualifiedNamespace`. There is none to sign in with here. */
function connectionOf(info: BindingInfo, settings: Settings): string {
  const name = typeof info.connection === 'string' ? info.connection : '';
  // The service looks for the name with this prefix first.
  const connection = settings[`AzureWebJobs${name}`] ?? settings[name];
  if (connection !== undefined && connection !== '') return connection;
  const isIdentity = Object.keys(settings).some((key) => key.startsWith(`${name}__`));
  throw new Error(
    isIdentity
      ? `"${name}" is an identity-based connection; the local host needs a connection string in "${name}".`
      : `The connection string in the setting "${name}" is missing.`,
  );
}
