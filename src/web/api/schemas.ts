import { z } from '@hono/zod-openapi';
import { SEVERITIES } from '../../core/severity.ts';
import { VERDICT_LEVELS } from '../../core/verdict.ts';
import { MOST_PER_PAGE, PAGE_SIZE } from '../list/select.ts';

/** What the JSON API takes and gives. Answers hold these fields and no others. */

const time = z.iso.datetime().describe('ISO 8601 in UTC');
const state = z.enum(['open', 'mitigated', 'recovering', 'resolved']);
const severity = z.enum(SEVERITIES);
const verdictLevel = z.enum(VERDICT_LEVELS);

export const Problem = z
  .strictObject({ error: z.strictObject({ code: z.string(), message: z.string() }) })
  .openapi('Problem');

const NamedCause = z.strictObject({
  cause: z.string().describe('The public id of the cause, such as wrong-backend-port'),
  verdict: verdictLevel,
  pool: z.string().optional(),
  setting: z.string().optional(),
});

const summary = {
  id: z.string(),
  gateway: z.strictObject({
    id: z.string(),
    name: z.string(),
    resourceGroup: z.string().optional(),
    subscription: z.string().optional(),
  }),
  state,
  severity,
  isTest: z.boolean(),
  openedAt: time,
  updatedAt: time,
  resolvedAt: time.optional(),
  causes: z.array(NamedCause).describe('The causes that were named, the surest first'),
};

export const IncidentSummarySchema = z.strictObject(summary).openapi('IncidentSummary');

export const IncidentList = z
  .strictObject({
    incidents: z.array(IncidentSummarySchema),
    total: z.int().describe('How many fit the filter'),
    offset: z.int(),
    searched: z.int().describe('How many incidents were looked through, the newest'),
    known: z.int().describe('How many there are'),
    families: z
      .array(z.strictObject({ cause: z.string(), incidents: z.array(z.string()) }))
      .describe('The same cause at several gateways at once'),
  })
  .openapi('IncidentList');

export const IncidentDetail = z
  .strictObject({
    ...summary,
    investigations: z.int(),
    revision: z.int().describe('Rises with every message'),
    fired: z.array(z.string()).describe('What fired, a line each'),
    findings: z.array(
      z.strictObject({
        pool: z.string().optional(),
        setting: z.string().optional(),
        causes: z.array(z.strictObject({ cause: z.string(), verdict: verdictLevel })),
        down: z.array(z.string()),
        total: z.int().optional(),
        firstAt: time,
        lastAt: time,
        endedAt: time.optional(),
      }),
    ),
    timeline: z.array(z.strictObject({ at: time, event: z.string(), reason: z.string() })),
    readings: z.array(z.string()).describe('The names of its readings, the oldest first'),
  })
  .openapi('Incident');

const Verdict = z.strictObject({
  cause: z.string(),
  verdict: verdictLevel,
  scope: z.strictObject({
    gateway: z.string().optional(),
    pool: z.string().optional(),
    setting: z.string().optional(),
    members: z.array(z.string()).optional(),
  }),
  because: z.array(z.strictObject({ evidence: z.string(), quote: z.string(), says: z.string() })),
  missing: z.array(
    z.strictObject({ read: z.string(), evidence: z.string().optional(), command: z.string().optional() }),
  ),
  fix: z.array(z.strictObject({ text: z.string(), command: z.string().optional(), undo: z.string().optional() })),
});

const evidence = z.strictObject({
  name: z.string(),
  part: z.string().optional(),
  state: z.enum(['ok', 'empty', 'failed', 'skipped']),
  asked: z.string().optional(),
  takenAt: z.string().optional(),
  tookMs: z.number().optional(),
  reason: z.string().optional(),
});

export const DiagnosisDocument = z
  .strictObject({
    schema: z.literal('appgw-triage/diagnosis@1'),
    incidentId: z.string(),
    reading: z.string(),
    established: z.boolean(),
    headline: z.string(),
    verdicts: z.array(Verdict).describe('Best first'),
    evidence: z.array(evidence),
    impact: z.string(),
    change: z
      .strictObject({
        at: z.string(),
        what: z.string(),
        by: z.string().optional(),
        property: z.string().optional(),
        before: z.string().optional(),
        after: z.string().optional(),
        minutesBefore: z.number(),
        sentence: z.string(),
      })
      .optional()
      .describe('The change nearest before the first failure: a correlation, and no cause'),
    rounds: z.array(
      z.strictObject({
        number: z.int(),
        asked: z.array(z.strictObject({ evidence: z.string(), causes: z.array(z.string()) })),
        changed: z.array(z.string()),
      }),
    ),
    ended: z.string().describe('Why the reading ended'),
  })
  .openapi('Diagnosis');

export const SnapshotManifest = z
  .strictObject({
    schema: z.literal('appgw-triage/snapshot@1'),
    incidentId: z.string(),
    reading: z.string(),
    gatewayId: z.string().optional(),
    takenAt: z.string().optional(),
    evidence: z.array(evidence),
  })
  .openapi('Snapshot');

export const EvidenceBody = z
  .strictObject({
    ...evidence.shape,
    body: z.unknown().optional().describe('The JSON as the service sent it; absent where it did not come'),
  })
  .openapi('Evidence');

export const EvidenceBodies = z
  .strictObject({ evidence: z.array(EvidenceBody).describe('One, or one for each part') })
  .openapi('EvidenceBodies');

export const SilenceSchema = z
  .strictObject({
    id: z.string(),
    gateway: z.string().optional(),
    pool: z.string().optional(),
    cause: z.string().optional(),
    from: time,
    until: time,
    author: z.string(),
    reason: z.string(),
  })
  .openapi('Silence');

export const SilenceList = z.strictObject({ silences: z.array(SilenceSchema) }).openapi('SilenceList');

/** 30 days, in minutes. */
const LONGEST_SILENCE = 30 * 24 * 60;

export const NewSilence = z
  .strictObject({
    minutes: z.int().min(1).max(LONGEST_SILENCE).describe('How long, in minutes; at most 30 days'),
    from: z.iso.datetime({ offset: true }).optional().describe('When it begins; now where absent'),
    reason: z.string().trim().min(1).max(300).describe('Shown with everything that it holds back'),
    gateway: z
      .string()
      .regex(/^\/subscriptions\/[^/]+/i)
      .max(400)
      .optional()
      .describe('The resource id of a gateway, a resource group or a subscription'),
    pool: z.string().min(1).max(120).optional(),
    cause: z.string().min(1).max(80).optional(),
    author: z.string().trim().min(1).max(120).optional().describe('Who; the caller where absent'),
  })
  .openapi('NewSilence');

const INCIDENT_ID = /^[0-9a-z-]{1,64}$/;

export const IncidentPath = z.object({
  id: z
    .string()
    .regex(INCIDENT_ID)
    .openapi({ param: { name: 'id', in: 'path' } }),
});

export const EvidencePath = IncidentPath.extend({
  evidence: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,60}$/)
    .openapi({ param: { name: 'evidence', in: 'path' } }),
});

export const SilencePath = z.object({
  id: z
    .string()
    .regex(/^[0-9A-Za-z-]{1,64}$/)
    .openapi({ param: { name: 'id', in: 'path' } }),
});

const READING = /^\d{8}T\d{6,9}Z$/;

export const ReadingQuery = z.object({
  reading: z
    .string()
    .regex(READING)
    .optional()
    .describe('The name of a reading; absent for the one that the page shows'),
});

/** An empty field of a form is no filter. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

export const ListFilter = z.object({
  state: optional(z.enum(['ongoing', 'open', 'mitigated', 'recovering', 'resolved'])).openapi({
    param: { name: 'state', in: 'query' },
    type: 'string',
    enum: ['ongoing', 'open', 'mitigated', 'recovering', 'resolved'],
    description: 'ongoing: everything that is not resolved',
  }),
  severity: optional(severity).openapi({
    param: { name: 'severity', in: 'query' },
    type: 'string',
    enum: [...SEVERITIES],
  }),
  cause: optional(z.string().max(80)).openapi({ param: { name: 'cause', in: 'query' }, type: 'string' }),
  gateway: optional(z.string().trim().max(300)).openapi({
    param: { name: 'gateway', in: 'query' },
    type: 'string',
    description: 'A part of a resource id',
  }),
  offset: optional(z.coerce.number().int().min(0).max(100_000)).openapi({
    param: { name: 'offset', in: 'query' },
    type: 'integer',
    minimum: 0,
  }),
});

export const ListQuery = ListFilter.extend({
  limit: optional(z.coerce.number().int().min(1).max(MOST_PER_PAGE)).openapi({
    param: { name: 'limit', in: 'query' },
    type: 'integer',
    minimum: 1,
    maximum: MOST_PER_PAGE,
    description: `At most ${MOST_PER_PAGE}; ${PAGE_SIZE} where absent`,
  }),
});

export const PlotQuery = z.object({
  theme: z.enum(['light', 'dark']).catch('light'),
  size: z.enum(['wide', 'narrow']).catch('wide'),
  reading: z.string().regex(READING).optional().catch(undefined),
});
