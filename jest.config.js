/** Tests are native ES modules in TypeScript; swc only strips the types. */
export default {
  testEnvironment: 'node',
  reporters: ['default', '<rootDir>/test/count-reporter.js'],
  testMatch: ['<rootDir>/{src,functions,test}/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.local'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  setupFiles: ['<rootDir>/test/one-seed-in-ci.ts'],
  // Many tests wait for processes of their own, so every core gets a worker.
  maxWorkers: '100%',
  // Nothing here measures time. The bound is for a test that hangs, on the slowest machine imaginable.
  testTimeout: 300_000,
};
