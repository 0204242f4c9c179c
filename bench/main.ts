import { parseArgs } from 'node:util';
import { benchScaleOut, QUICK_SCALE_OUT_SIZES, SCALE_OUT_SIZES } from './scale-out.ts';
import { benchGrowth, benchRows, benchSpeed } from './traffic.ts';

/**
 * Benchmarks print ratios that were measured in one run; they are no tests, because a busy machine proves nothing.
 * `--quick` takes fewer records and fewer rounds.
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
benchSpeed(values.quick);
benchRows();
benchGrowth(values.quick);
await benchScaleOut(values.quick ? QUICK_SCALE_OUT_SIZES : SCALE_OUT_SIZES);
