#!/usr/bin/env node
// Plain JavaScript, because it has to start on whatever Node runs npm: down to Node 20, which cannot read TypeScript.
// In a checkout it runs the sources, on this Node where that strips types and else on the Node of the devDependency
// `node`. In an installed package there are no sources, and it runs the build.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = new URL('../src/cli/main.ts', import.meta.url);
const build = new URL('../dist/cli/main.js', import.meta.url);
const ownNode = new URL(
  process.platform === 'win32' ? '../node_modules/node/bin/node.exe' : '../node_modules/node/bin/node',
  import.meta.url,
);

// Node refuses to strip types below node_modules, so sources that came along into an installation do not count.
const isInstalled = fileURLToPath(import.meta.url).includes(`${sep}node_modules${sep}`);

if (!existsSync(sources) || (isInstalled && existsSync(build))) {
  if (existsSync(build)) await runHere(build);
  else giveUp('this package holds neither its sources nor its build; install it again');
} else if (process.features.typescript) {
  silenceTypeStripping();
  await runHere(sources);
} else if (existsSync(ownNode)) {
  runOn(fileURLToPath(ownNode));
} else {
  giveUp(
    `Node ${process.versions.node} cannot run the TypeScript sources: use Node 22.18 or newer, or run npm ci here`,
  );
}

/** @param {URL} module */
async function runHere(module) {
  const { main } = await import(module.href);
  await main(process.argv.slice(2));
}

/** Node 22 announces on stderr that stripping types is experimental, which is no news to the user of this program. */
function silenceTypeStripping() {
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    if (rest[0] === 'ExperimentalWarning' && String(warning).startsWith('Type Stripping')) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
}

/**
 * Runs this file again on another Node, which then takes the path above. Standard streams, signals and the way it ends
 * are passed through, so that nobody notices the process in between.
 * @param {string} node
 */
function runOn(node) {
  const child = spawn(node, [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
    process.on(signal, () => {
      // On a terminal, Ctrl-C reaches both processes; sent on, it would reach the child twice.
      const cameFromTerminal = (signal === 'SIGINT' || signal === 'SIGQUIT') && process.stdin.isTTY;
      if (!cameFromTerminal) child.kill(signal);
    });
  }
  child.on('error', (error) => giveUp(`the project's own Node does not start: ${error.code ?? error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exit(code ?? 2);
    } else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}

/** @param {string} reason */
function giveUp(reason) {
  process.stderr.write(`appgw-triage: ${reason}\n`);
  process.exitCode = 2;
}
