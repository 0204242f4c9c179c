import type { Settings } from '../platform/settings.ts';
import type { Storage } from '../platform/storage.ts';
import { CliError, type Io } from './command.ts';

/** The storage of an installation, from the same settings that its functions have. */
export async function openStores({ env }: Io): Promise<{ readonly settings: Settings; readonly storage: Storage }> {
  const [{ readSettings }, { openStorage }] = await Promise.all([
    import('../platform/settings.ts'),
    import('../platform/storage.ts'),
  ]);
  if (!env.AzureWebJobsStorage && !env.AzureWebJobsStorage__accountName) {
    throw new CliError(
      'set AzureWebJobsStorage__accountName (with your az login) or AzureWebJobsStorage to the storage of the installation',
    );
  }
  try {
    const settings = readSettings(env);
    return { settings, storage: openStorage(settings) };
  } catch (error) {
    throw new CliError(error instanceof Error ? error.message.replace(/\.$/, '') : 'the settings are not usable');
  }
}

/** Runs something against the storage; what it refuses is one clear line. */
export async function withStorage<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { statusCode, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown };
    const why = typeof statusCode === 'number' ? `it answered ${statusCode}` : `${String(code ?? 'no answer')}`;
    throw new CliError(`the storage could not be used: ${why}`);
  }
}
