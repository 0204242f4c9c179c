import type { AmqpError } from 'rhea';

/** A reader of one partition in one consumer group. */
export interface Reader {
  /** Its owner level, which the protocol calls epoch; undefined where it claims nothing. */
  readonly ownerLevel: number | undefined;
  /** Something may have come that it can be sent. */
  readonly wake: () => void;
  readonly end: (error: AmqpError) => void;
}

/** The readers of one partition in one consumer group, and who of them may stay. */
export interface ReaderGroup {
  /** Lets a reader in, ending those that it displaces; or says why it may not come in. */
  readonly admit: (reader: Reader) => AmqpError | undefined;
  readonly leave: (reader: Reader) => void;
  readonly wake: () => void;
}

export function createReaderGroup(mostReaders: number): ReaderGroup {
  const readers = new Set<Reader>();

  const refuse = ({ ownerLevel }: Reader): AmqpError | undefined => {
    const highest = Math.max(...Array.from(readers, (reader) => reader.ownerLevel ?? -1));
    if (ownerLevel === undefined && highest >= 0) return stolen('At least one receiver for the endpoint has an epoch.');
    if (ownerLevel !== undefined && ownerLevel < highest)
      return stolen('A receiver with a higher epoch already exists.');
    if (ownerLevel !== undefined || readers.size < mostReaders) return undefined;
    return {
      condition: 'amqp:resource-limit-exceeded',
      description: `Exceeded the maximum number of allowed receivers per partition in a consumer group which is ${mostReaders}.`,
    };
  };

  return {
    admit: (reader) => {
      const refusal = refuse(reader);
      if (refusal) return refusal;
      if (reader.ownerLevel !== undefined) {
        // Of two with the same level the newer one stays. Readers without a level give way to any that has one.
        const error = stolen('A new receiver with a higher or equal epoch was created, so this one is disconnected.');
        for (const other of readers) other.end(error);
        readers.clear();
      }
      readers.add(reader);
      return undefined;
    },
    leave: (reader) => {
      readers.delete(reader);
    },
    wake: () => {
      for (const reader of readers) reader.wake();
    },
  };
}

function stolen(description: string): AmqpError {
  return { condition: 'amqp:link:stolen', description };
}
