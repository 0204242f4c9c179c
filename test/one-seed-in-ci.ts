import fc from 'fast-check';

/**
 * Property tests draw new values at every run, so that each run of a developer looks somewhere else. In CI a change is
 * judged by itself: there all runs draw the same values.
 */
if (process.env.CI) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 1_976 });
