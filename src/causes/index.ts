import type { Rule } from '../core/rule.ts';
import { emptyPool } from './empty-pool/rule.ts';

/** Every cause that can be named. The order breaks ties between equally good verdicts. */
export const rules: readonly Rule[] = [emptyPool];
