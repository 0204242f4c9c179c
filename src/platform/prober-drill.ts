import { isIP } from 'node:net';
import * as z from 'zod';
import type { ProberDrill } from '../evidence/evidence-kind.ts';

/**
 * The setting by which a local drill tells the prober where its members are: on this machine. It opens nothing else: every
 * place has to be a loopback address, and what is no member's address stays forbidden as ever.
 */

const MAX_TEXT = 100_000;
const MAX_PLACES = 2_000;
const MAX_NAMES = 200;
const MAX_ROOTS = 20;

const port = z.int('must be a port').min(1, 'must be a port').max(65_535, 'must be a port');
const address = z.string('must be an IP address').refine((text) => isIP(text) !== 0, 'must be an IP address');
const loopback = z
  .string('must be a loopback address')
  .refine((text) => text === '::1' || (isIP(text) === 4 && text.startsWith('127.')), 'must be a loopback address');

const drill = z.strictObject(
  {
    /** Where a port of an address is; without a port, where all of its other ports are. */
    places: z
      .array(
        z.strictObject({ address, port: port.optional(), host: loopback, at: port }, 'must be a place'),
        'must be a list of places',
      )
      .max(MAX_PLACES, 'must be shorter'),
    /** The addresses of names. A name that is not here has none. */
    names: z
      .array(
        z.strictObject(
          { name: z.string('must be a name').max(253), addresses: z.array(address).max(20) },
          'must be a name with addresses',
        ),
        'must be a list of names',
      )
      .max(MAX_NAMES, 'must be shorter'),
    /** The authorities that count as well known, as PEM. */
    roots: z
      .array(
        z.string().regex(/^-----BEGIN CERTIFICATE-----\n[\w+/=\n]+\n-----END CERTIFICATE-----\n?$/, 'must be PEM'),
        'must be a list of certificates',
      )
      .max(MAX_ROOTS, 'must be shorter'),
  },
  'must hold places, names and roots',
);

type Drill = z.infer<typeof drill>;

/** Reads the setting's text. The message of an issue says what a part has to be, and never what it is. */
export const proberDrill = z
  .string()
  .max(MAX_TEXT, 'must be shorter')
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' });
      return z.NEVER;
    }
  })
  .pipe(drill)
  .transform(limitsOf);

function limitsOf({ places, names, roots }: Drill): ProberDrill {
  const key = (where: string, at: number | '*') => `${where} ${at}`;
  const byPort = new Map(places.map((place) => [key(place.address, place.port ?? '*'), place]));
  const byName = new Map(names.map(({ name, addresses }) => [bare(name), addresses]));
  return {
    placeOf: (where, at) => {
      const place = byPort.get(key(where, at)) ?? byPort.get(key(where, '*'));
      if (!place) throw new Error('The drill has no such place.');
      return { host: place.host, port: place.at };
    },
    resolve: async (name, signal) => {
      signal.throwIfAborted();
      const addresses = byName.get(bare(name)) ?? [];
      return addresses.length > 0 ? { addresses } : { addresses, error: 'ENOTFOUND' };
    },
    roots,
  };
}

function bare(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
