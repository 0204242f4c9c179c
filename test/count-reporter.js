import { writeSync } from 'node:fs';

/** Closes the output with the count of tests, on a line that any tool can read. */
export default class CountReporter {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites }) {
    // A suite that could not even be loaded has no tests to count, and must not look like a success.
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const skipped = numPendingTests === 0 ? '' : `, ${numPendingTests} skipped`;
    // At the very end, behind the summary, which goes to the same stream.
    process.on('exit', () => writeSync(2, `${numPassedTests} passed, ${failed} failed${skipped}\n`));
  }
}
