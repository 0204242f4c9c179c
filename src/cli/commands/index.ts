import type { Command } from '../command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Loads the command. Help and usage errors of one command do not pay for the code of the others. */
  readonly load: () => Promise<Command>;
}

/** Every command, in the order in which the help lists them. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'diagnose',
    summary: 'Name the cause of 502s, from files, a pipe or a gateway read now',
    load: async () => (await import('./diagnose.ts')).diagnose,
  },
  {
    name: 'snapshot',
    summary: 'Read a gateway now and keep what it says as a folder of files',
    load: async () => (await import('./snapshot.ts')).snapshot,
  },
  {
    name: 'silence',
    summary: 'Keep an installation from telling what is expected, for a while',
    load: async () => (await import('./silence.ts')).silence,
  },
  {
    name: 'deliveries',
    summary: 'List messages that a sink did not take, and send them again',
    load: async () => (await import('./deliveries.ts')).deliveries,
  },
];
