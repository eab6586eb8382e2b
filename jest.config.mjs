/** `npm test` runs the unit projects and, where the services are reachable, integration and e2e. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/jest/strip-types.mjs' },
  testMatch: ['<rootDir>/{contracts,adapters,mappings,nodes,portal,test}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/portal/dist/', '/test/out/'],
  testTimeout: 30000,
  maxWorkers: 2,
};
