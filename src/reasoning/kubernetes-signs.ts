import type { Gateway } from '../core/gateway.ts';
import type { Readings } from '../core/readings.ts';
import { command } from '../core/shell.ts';
import type { Citation, MissingRead } from '../core/verdict.ts';
import { isIpAddress } from './backend-address.ts';
import { isPrivateAddress } from './member-interfaces.ts';

/**
 * Whether a cluster stands behind the gateway, and in which of two ways. An ingress controller may write the gateway's
 * own configuration, with pods as members; or an ingress inside the cluster is the one member of an ordinary pool.
 */

/** A pool and a backend setting by their names, as any of the readings has them. */
export interface NamedTarget {
  readonly pool?: string;
  readonly setting?: string;
}

/** Tags that the controller for Application Gateway leaves on a gateway that it writes. */
const CONTROLLER_TAGS = ['managed-by-k8s-ingress', 'ingress-for-aks-cluster-id', 'last-updated-by-k8s-ingress'];

/** The controller names a pool `pool-<namespace>-<service>-<port>-bp-<port>`, or by a digest where that is too long. */
const CONTROLLER_POOL = /^pool-(.+)-([\w]+)-bp-(\d+)$/i;
const CONTROLLER_POOL_PREFIX = /^pool-/i;
const CONTROLLER_SETTING = /^bp-.+/i;

/** Where the controller sends what no ingress rule names. */
export function isDefaultPool(pool: string | undefined): boolean {
  return pool !== undefined && /^defaultaddresspool$/i.test(pool);
}

/** What shows that an ingress controller writes this gateway; empty where nothing does. */
export function controllerTags(gateway: Gateway | undefined): readonly Citation[] {
  return Object.entries(gateway?.tags ?? {})
    .filter(([tag]) => CONTROLLER_TAGS.includes(tag.toLowerCase()))
    .slice(0, 1)
    .map(([tag, value]) => ({
      evidence: 'gateway',
      quote: `"${tag}": "${value.slice(0, 120)}"`,
      says: 'An ingress controller writes the configuration of this gateway.',
    }));
}

/** What shows that a pool is filled by an ingress controller. `evidence` is the reading that the names were read from. */
export function controllerSigns(
  { gateway }: Readings,
  { pool = '', setting = '' }: NamedTarget,
  evidence: string,
): readonly Citation[] {
  const tags = controllerTags(gateway);
  const isNamedInFull = CONTROLLER_POOL.test(pool);
  const isNamed =
    isNamedInFull || isDefaultPool(pool) || (CONTROLLER_POOL_PREFIX.test(pool) && CONTROLLER_SETTING.test(setting));
  if (!isNamed || (tags.length === 0 && !isNamedInFull)) return [];
  const says = 'This is how an ingress controller names what it writes.';
  return [...tags, { evidence, quote: [pool, setting].filter((name) => name !== '').join('~'), says }];
}

/** When the controller last wrote, by its own tag, in milliseconds since 1970. It is written as Go prints a time. */
export function lastWritten({ gateway }: Readings): { readonly time: number; readonly citation: Citation } | undefined {
  const [tag, value] =
    Object.entries(gateway?.tags ?? {}).find(([name]) => /^last-updated-by-k8s-ingress$/i.test(name)) ?? [];
  const [, day, clock, offset = '+0000'] =
    /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.\d+)?\s*([+-]\d{4})?/.exec(value ?? '') ?? [];
  const time = Date.parse(`${day}T${clock}${offset.slice(0, 3)}:${offset.slice(3)}`);
  if (tag === undefined || value === undefined || Number.isNaN(time)) return undefined;
  const says = 'This is when the ingress controller last wrote the gateway.';
  return { time, citation: { evidence: 'gateway', quote: `"${tag}": "${value.slice(0, 60)}"`, says } };
}

/** Paths on which ingresses answer for themselves: those of nginx, Istio, Traefik. An application may use them, too. */
const INGRESS_HEALTH_PATH = /^\/(healthz(\/ready)?|ping|nginx-health)\/?$/i;
const INGRESS_WORD = /(^|[^a-z])(ingress|aks|k8s|kube|kubernetes|traefik|istio|contour)([^a-z]|$)/i;

/**
 * What shows that an ingress is the one member of a pool: a single private address, and a name or probe path that
 * ingresses have. Read off the configuration alone. Empty where nothing shows it.
 */
export function ingressSigns({ gateway }: Readings, { pool = '', setting = '' }: NamedTarget): readonly Citation[] {
  const address = singlePrivateAddress(gateway, pool);
  if (gateway === undefined || address === undefined) return [];
  const settingConfig = gateway.settings.find((item) => item.name.toLowerCase() === setting.toLowerCase());
  const probe = gateway.probes.find((item) => item.name.toLowerCase() === settingConfig?.probeName?.toLowerCase());
  const single: Citation = {
    evidence: 'gateway',
    quote: `"backendAddresses": ${address}`,
    says: `${address} is the only member of ${pool}, as the internal address of an ingress is.`,
  };
  const name = [pool, setting, probe?.name ?? '', address].find((word) => INGRESS_WORD.test(word));
  if (name !== undefined)
    return [
      single,
      { evidence: 'gateway', quote: `"name": "${name}"`, says: 'It is named after an ingress or a cluster.' },
    ];
  if (!INGRESS_HEALTH_PATH.test(probe?.path ?? '')) return [];
  const says = `Probe ${probe?.name} asks for the path on which ingresses answer for themselves.`;
  return [single, { evidence: 'gateway', quote: `"path": "${probe?.path}"`, says }];
}

/** The only address of a pool, where it is a private one, or a name that speaks of an ingress. */
export function singlePrivateAddress(gateway: Gateway | undefined, pool: string): string | undefined {
  const config = gateway?.pools.find((item) => item.name.toLowerCase() === pool.toLowerCase());
  const [address, ...others] = config?.addresses ?? [];
  if (address === undefined || others.length > 0 || (config?.nicIpConfigurationIds.length ?? 0) > 0) return undefined;
  return (isIpAddress(address) ? isPrivateAddress(address) : INGRESS_WORD.test(address)) ? address : undefined;
}

/** The namespace and service in a pool's name, where it holds nothing that could be split in two ways. */
export function serviceOf(pool: string | undefined): { readonly namespace?: string; readonly service?: string } {
  const [namespace, service, ...more] = (CONTROLLER_POOL.exec(pool ?? '')?.[1] ?? '').split('-');
  return namespace && service && more.length === 0 ? { namespace, service } : {};
}

/** The ingress rules of the cluster. */
export function ingressRulesRead(what: string): MissingRead {
  return { read: what, command: 'kubectl get ingress --all-namespaces' };
}

/** The endpoints of a service: the addresses of its pods that are ready. */
export function endpointsRead(pool: string | undefined, what: string): MissingRead {
  const { namespace = '<namespace>', service = '<service>' } = serviceOf(pool);
  return { read: what, command: command('kubectl', '-n', namespace, 'get', 'endpoints', service) };
}

/** What the controller that writes the gateway has logged. */
export function controllerLogRead(): MissingRead {
  const words = ['kubectl', '-n', 'kube-system', 'logs', '--selector', 'app=ingress-appgw', '--since=2h', '--tail=200'];
  return {
    read: 'The log of the ingress controller: when it wrote the gateway, and what failed.',
    command: command(...words),
  };
}

/** What an ingress inside the cluster has logged; the label is that of the nginx one. */
export function ingressLogRead(): MissingRead {
  const label = 'app.kubernetes.io/name=ingress-nginx';
  const words = [
    'kubectl',
    '-n',
    '<namespace of the ingress>',
    'logs',
    '--selector',
    label,
    '--since=2h',
    '--tail=200',
  ];
  return {
    read: 'The log of the ingress: which rule a failing request met, and what its pods answered.',
    command: command(...words),
  };
}
