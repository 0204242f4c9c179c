import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { readAsset } from '../../platform/web-assets.ts';
import { type ScenarioName, scenarios } from '../../simulator/scenarios/index.ts';
import { makeBuild } from '../stack.ts';
import { createBoardApp } from './app.ts';
import { type Mode, type Run, type RunOptions, startRun } from './run.ts';
import { serve } from './serve.ts';

/** Which drill is played. There is one at a time: each is a whole Azure with everything that runs in it. */
export interface Board {
  readonly run: () => Run | undefined;
  /** Ends what is played, and plays another. */
  readonly start: (scenario: ScenarioName, mode: Mode) => Run;
  /** A drill by chance, for a rehearsal. */
  readonly pick: () => ScenarioName;
  /** Told whenever another drill begins. */
  readonly onChange: (listener: () => void) => () => void;
  readonly stop: () => Promise<void>;
}

export interface BoardOptions extends Pick<RunOptions, 'onHostLine' | 'stepMs'> {
  /** The port of the board, and of the functions; 0 takes any free one. */
  readonly port?: number;
  readonly functionsPort?: number;
  /** The folder of the built functions; built anew where absent. */
  readonly build?: string;
}

export interface ServedBoard {
  readonly url: string;
  readonly board: Board;
  readonly stop: () => Promise<void>;
}

/** Starts the board's server; what it plays begins with the first start. Rejects where the port is taken. */
export async function startBoard(options: BoardOptions = {}): Promise<ServedBoard> {
  const built = options.build === undefined ? makeBuild() : { build: options.build, stop: async () => {} };
  const building = Promise.resolve(built);
  // Whoever plays a drill is told; until then nobody waits for it.
  building.catch(() => {});
  const board = createBoard(
    building.then(({ build }) => build),
    options,
  );
  const app = createBoardApp({ board, readFile: readAsset, cards: await readRenderer() });
  const server = await serve(app, options.port ?? 0);
  return {
    url: `${server.url}/board`,
    board,
    stop: async () => {
      await board.stop();
      await server.close();
      await building.then(({ stop }) => stop()).catch(() => {});
    },
  };
}

function createBoard(build: Promise<string>, { functionsPort = 0, ...options }: BoardOptions): Board {
  const listeners = new Set<() => void>();
  let current: Run | undefined;
  let ending: Promise<unknown> = Promise.resolve();
  return {
    run: () => current,
    start: (scenario, mode) => {
      const last = current;
      // Its ports and its memory are free before the next one takes its own.
      ending = Promise.all([ending, last?.stop()]);
      const { onHostLine, stepMs } = options;
      const run = startRun({
        scenario,
        mode,
        build: ending.then(() => build),
        port: functionsPort,
        ...(onHostLine ? { onHostLine } : {}),
        ...(stepMs === undefined ? {} : { stepMs }),
      });
      current = run;
      for (const listener of [...listeners]) listener();
      return run;
    },
    pick: () => scenarios[randomInt(scenarios.length)]?.name ?? 'wrong-port',
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop: async () => {
      await ending;
      await current?.stop();
    },
  };
}

/** It is there where the project's own tools are; a board without it shows cards as JSON. */
async function readRenderer(): Promise<string | undefined> {
  try {
    const { resolve } = createRequire(import.meta.url);
    return await readFile(resolve('adaptivecards/dist/adaptivecards.min.js'), 'utf8');
  } catch {
    return undefined;
  }
}
