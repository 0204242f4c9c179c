import { join } from 'node:path';
import { startAzurite } from '../azurite.ts';
import { createSupervisor, startChild } from '../processes.ts';

/** A launcher for tests: starts two children (and Azurite, where asked), tells their ids, and ends as `npm start` does. */
process.once('disconnect', () => process.exit(1));

const supervisor = createSupervisor();
const child = (behaviour: string) =>
  supervisor.start((abort) =>
    startChild({
      name: behaviour,
      entry: join(import.meta.dirname, 'child.ts'),
      args: [behaviour],
      env: { PATH: process.env.PATH },
      readReady: (message) => message,
      readyWithinMs: 60_000,
      stopWithinMs: 200,
      abort,
    }),
  );

const started = await Promise.all([
  child('good'),
  child('stubborn'),
  ...(process.argv.includes('--azurite') ? [supervisor.start((abort) => startAzurite({ abort }))] : []),
]);
const ready = { pid: process.pid, pids: started.map(({ pid }) => pid) };
if (process.send) process.send(ready);
else process.stdout.write(`${JSON.stringify(ready)}\n`);
const end = await supervisor.ended;
await supervisor.stop();
process.stdout.write(`${JSON.stringify(end)}\n`);
process.exit(0);
