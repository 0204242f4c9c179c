import type { PipelinePolicy, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';
import { LRUCache } from 'lru-cache';

/**
 * What many gateways have in common is read once for all investigations of this process: when fifty gateways of one
 * network are in trouble, their security groups are the same. What an incident turns on, such as backend health, the
 * gateway itself, metrics and operations under way, is never taken from here.
 */
const SHARED = [
  /\/providers\/Microsoft\.Network\/(networkSecurityGroups|routeTables|virtualNetworks|privateDnsZones|networkWatchers)\b[^?]*\?/i,
  /\/providers\/Microsoft\.ResourceGraph\/resources\?/i,
];

/** Long enough for the gateways that one fault hits, short enough that a fix is seen by the next look. In milliseconds. */
const KEPT_MS = 45_000;
/** Characters of all bodies together. */
const MAX_LENGTH = 20_000_000;

export interface SharedReads {
  readonly policy: PipelinePolicy;
}

/** A policy that answers repeated reads from memory, and lets readers of the same moment wait for one call. */
export function createSharedReads(now: () => number = () => performance.now()): SharedReads {
  const kept = new LRUCache<string, PipelineResponse>({
    maxSize: MAX_LENGTH,
    ttl: KEPT_MS,
    ttlResolution: 0,
    perf: { now },
  });
  const underWay = new Map<string, Promise<PipelineResponse>>();

  async function ask(key: string, send: () => Promise<PipelineResponse>): Promise<PipelineResponse> {
    const asking = send();
    underWay.set(key, asking);
    try {
      const response = await asking;
      if (response.status === 200) kept.set(key, response, { size: 1 + (response.bodyAsText?.length ?? MAX_LENGTH) });
      return response;
    } finally {
      underWay.delete(key);
    }
  }

  return {
    policy: {
      name: 'sharedReads',
      async sendRequest(request, next) {
        const key = keyOf(request);
        if (key === undefined) return next(request);
        const known = kept.get(key);
        if (known) return { ...known, request };
        // Whoever asks first may be cut off by a deadline of its own; the others then ask for themselves.
        const asking = underWay.get(key);
        const theirs = asking && (await asking.catch(() => undefined));
        if (theirs?.status === 200) return { ...theirs, request };
        return ask(key, () => next(request));
      },
    },
  };
}

/** What makes two reads the same; undefined for one that is never shared. */
function keyOf({ method, url, body }: PipelineRequest): string | undefined {
  if (!SHARED.some((pattern) => pattern.test(url))) return undefined;
  if (method === 'GET') return url;
  // Resource Graph takes its query as a POST; anything else that is posted does something.
  const isQuery = method === 'POST' && typeof body === 'string' && /Microsoft\.ResourceGraph/i.test(url);
  return isQuery ? `${url} ${body}` : undefined;
}
