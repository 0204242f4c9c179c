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
    name: 'audit',
    summary: 'Say what will fail next: certificates, probes, timeouts, rules, capacity',
    load: async () => (await import('./audit.ts')).audit,
  },
  {
    name: 'doctor',
    summary: 'Say what of the set-up works and what cannot, with what mends it',
    load: async () => (await import('./doctor.ts')).doctor,
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
  {
    name: 'watch',
    summary: 'Tail the access log in an event hub: 502s by pool, error and path',
    load: async () => (await import('./watch.ts')).watch,
  },
  {
    name: 'replay',
    summary: 'Publish captured logs, or dead letters of the stream, to an event hub',
    load: async () => (await import('./replay.ts')).replay,
  },
  {
    name: 'drill',
    summary: 'Break a simulated gateway on this machine and see it understood',
    load: async () => (await import('./drill.ts')).drill,
  },
  {
    name: 'completion',
    summary: 'Print a script that completes commands in bash, zsh or fish',
    load: async () => (await import('./completion.ts')).completion,
  },
];
