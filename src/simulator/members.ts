import { LOOPBACK } from './listener.ts';
import { type Authorities, present, wellKnownRoots } from './members-certificates.ts';
import { openSilentPort, refusedPort } from './members-places.ts';
import { openMember, type Served } from './members-server.ts';
import { addressesOf, reach } from './probing.ts';
import { type Certificate, minuteOf, type Period, type Service, type World } from './world.ts';

/**
 * The members of a world as real servers on loopback, so that they can be connected to as from the virtual network. The
 * same world answers backend health, so both agree.
 */
export interface Members {
  /** What the prober has to be told to find them. */
  readonly drill: DrillPlaces;
  readonly close: () => Promise<void>;
}

/** The setting of the local drill: which member is where, which names there are, and who is a well-known authority. */
export interface DrillPlaces {
  readonly places: readonly DrillPlace[];
  readonly names: readonly { readonly name: string; readonly addresses: readonly string[] }[];
  readonly roots: readonly string[];
}

export interface DrillPlace {
  readonly address: string;
  /** Every port that has no place of its own where absent. */
  readonly port?: number;
  readonly host: string;
  readonly at: number;
}

/** What the prober tries beside the configured port, and what somebody with a browser would. */
const USUAL_PORTS = [80, 443, 5000, 8000, 8080, 8443];
/** Stands for all ports that nobody uses: the one that is set aside for throwing away what is sent to it. */
const UNUSED_PORT = 9;

/** Starts the servers that the members of this world need, and no others. */
export async function startMembers(world: World, authorities: Authorities, now: () => Date): Promise<Members> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    await Promise.all(closers.splice(0).map((end) => end()));
  };
  try {
    const places = await placesOf(world, authorities, () => minuteOf(world, now()), closers);
    const names = namesAt(world, minuteOf(world, now()));
    return { drill: { places, names, roots: wellKnownRoots(authorities) }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function placesOf(
  world: World,
  authorities: Authorities,
  minute: () => number,
  closers: (() => Promise<void>)[],
): Promise<readonly DrillPlace[]> {
  const at = minute();
  const presents = presenter(world, authorities);
  const refused = once(refusedPort);
  const silent = once(async () => {
    const { port, close } = await openSilentPort();
    closers.push(close);
    return port;
  });
  const placeOf = async (address: string, port: number): Promise<DrillPlace> => {
    const place = { address, port, host: LOOPBACK };
    const reached = reach(world, address, port, at, 'prober');
    if (reached.kind === 'service') {
      const services = servicesOf(world, address, at).filter((service) => service.port === port);
      const server = await openMember(await Promise.all(services.map(presents)), minute);
      closers.push(server.close);
      return { ...place, at: server.port };
    }
    const isRefused = reached.kind === 'unreachable' && reached.how === 'refused';
    return { ...place, at: await (isRefused ? refused() : silent()) };
  };
  const places = memberAddresses(world, at).flatMap((address) => {
    const ports = [...portsOf(world), ...servicesOf(world, address, at).map(({ port }) => port)];
    return [
      ...[...new Set(ports)].map((port) => placeOf(address, port)),
      placeOf(address, UNUSED_PORT).then(({ port: _port, ...place }) => place),
    ];
  });
  // All of them come to an end before any failure is told, so that whatever was opened can be closed.
  const settled = await Promise.allSettled(places);
  return settled.map((place) => {
    if (place.status === 'rejected') throw place.reason;
    return place.value;
  });
}

/** Prepares services; what several machines present alike is made once. */
function presenter(world: World, authorities: Authorities): (service: Service) => Promise<Served> {
  const made = new Map<Certificate, ReturnType<typeof present>>();
  return async (service) => {
    const { certificate } = service;
    if (service.protocol === 'Http' || !certificate) return { service };
    const presented = made.get(certificate) ?? present(world, authorities, certificate);
    made.set(certificate, presented);
    return { service, presented: await presented };
  };
}

/** The addresses behind the members that pools hold from this minute on, whether anybody is there or not. */
function memberAddresses(world: World, minute: number): readonly string[] {
  const members = world.gateway.pools.flatMap((pool) =>
    pool.members.filter((member) => isStillThere(member, minute)).map(({ address }) => address),
  );
  return [...new Set(members.flatMap((member) => addressesOf(world, member, minute)))];
}

function portsOf({ gateway }: World): readonly number[] {
  const own = [...gateway.settings, ...gateway.probes].flatMap(({ port }) => port ?? []);
  return [...own, ...USUAL_PORTS];
}

/** What serves at an address from this minute on. */
function servicesOf({ hosts }: World, address: string, minute: number): readonly Service[] {
  return hosts
    .filter((host) => host.address === address && isStillThere(host, minute))
    .flatMap(({ serves }) => serves.filter((service) => isStillThere(service, minute)));
}

function isStillThere({ untilMinute = Infinity }: Period, minute: number): boolean {
  return untilMinute > minute;
}

function namesAt(world: World, minute: number): DrillPlaces['names'] {
  const names = new Set(world.names.map(({ name }) => name));
  return [...names].map((name) => ({ name, addresses: addressesOf(world, name, minute) }));
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
