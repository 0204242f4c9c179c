import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

// Before anything big is loaded, so that the SDKs compile once per machine and not once per start.
enableCompileCache();

/** How long the host goes on at most after its parent is gone, in milliseconds. */
const ORPHANED_MS = 2_000;

/**
 * The local host as a process: `node src/local/host/main.ts [--root DIR] [--port N] [--list]`.
 *
 * Settings come from the environment, and from the `Values` of local.settings.json in the root where the environment
 * has none; `LOCAL_HOST_FUNCTION_KEY` and `LOCAL_HOST_ADMIN_KEY` are the keys to ask callers for. When it is ready it
 * prints one JSON line, `{"url", "functions"}`, or sends the same to a parent that opened a channel. It stops on SIGINT
 * and SIGTERM, and when such a parent goes away.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      root: { type: 'string', default: process.cwd() },
      port: { type: 'string', default: '7071' },
      list: { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port has to be from 0 to 65535.');

  const { listFunctions, startHost } = await import('./host.ts');
  if (values.list) {
    process.stdout.write(`${JSON.stringify(await listFunctions(values.root))}\n`);
    return;
  }

  const { LOCAL_HOST_FUNCTION_KEY: functionKey, LOCAL_HOST_ADMIN_KEY: adminKey } = process.env;
  const host = await startHost({
    root: values.root,
    port,
    settings: localSettings(values.root),
    ...(functionKey ? { functionKey } : {}),
    ...(adminKey ? { adminKey } : {}),
  });

  const stop = async () => {
    await host.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stop());
  process.once('disconnect', () => {
    // The parent is gone, and with it the storage: nothing that still runs can come to a good end.
    setTimeout(() => process.exit(0), ORPHANED_MS).unref();
    void stop();
  });

  const ready = { url: host.url, functions: host.functions };
  if (process.send) process.send(ready);
  else process.stdout.write(`${JSON.stringify(ready)}\n`);
}

/** The `Values` of local.settings.json that the environment does not set itself: as with `func start`, it wins. */
function localSettings(root: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(join(root, 'local.settings.json'), 'utf8');
  } catch {
    return {};
  }
  const json: unknown = JSON.parse(text);
  const values = typeof json === 'object' && json !== null && 'Values' in json ? json.Values : undefined;
  if (typeof values !== 'object' || values === null) return {};
  return Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => process.env[name] === undefined)
      .map(([name, value]) => [name, String(value)]),
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`The local host cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
