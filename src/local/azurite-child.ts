import { createRequire, enableCompileCache, registerHooks } from 'node:module';

enableCompileCache();

/**
 * Runs Azurite in this process, with this process's arguments, and tells the parent the ports that it took. Ends when
 * the parent goes away.
 *
 * Two of Azurite's packages take two thirds of its start: the telemetry client, which `--disableTelemetry` keeps
 * unused, and the SQL mapper, which only a database behind AZURITE_DB needs. Both are loaded as empty stand-ins here.
 */
const UNUSED = new Set(['applicationinsights', 'sequelize']);
/** Any name of such a package is an empty class, which is all that `class X extends package.Model` asks for. */
const STAND_IN = 'module.exports = new Proxy({}, { get: () => class {} });';

registerHooks({
  resolve: (specifier, context, next) =>
    UNUSED.has(specifier)
      ? { url: `unused:${specifier}`, format: 'commonjs', shortCircuit: true }
      : next(specifier, context),
  load: (url, context, next) =>
    url.startsWith('unused:') ? { format: 'commonjs', source: STAND_IN, shortCircuit: true } : next(url, context),
});

const ports: Record<string, number> = {};

/** Azurite says on its console which port each service took; nothing else tells it. */
const print = console.log;
console.log = (...parts: unknown[]) => {
  const line = parts.join(' ');
  const [, service, port] = /Azurite (\w+) service is successfully listening at http:\S*:(\d+)$/.exec(line) ?? [];
  if (service === undefined) {
    print(...parts);
    return;
  }
  ports[service.toLowerCase()] = Number(port);
  if (ports.blob && ports.queue && ports.table) process.send?.(ports);
};

/** Azurite closes its services and files on SIGTERM, but an open channel would keep the process alive afterwards. */
function leave(): void {
  const isUp = ports.blob && ports.queue && ports.table;
  if (!isUp) process.exit(0);
  process.off('disconnect', loseParent);
  if (process.connected) process.disconnect();
  setTimeout(() => process.exit(0), 3_000).unref();
}

function loseParent(): void {
  process.kill(process.pid, 'SIGTERM');
}

process.once('SIGTERM', leave);
process.once('disconnect', loseParent);

createRequire(import.meta.url)('azurite/dist/src/azurite.js');
