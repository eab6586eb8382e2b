import { afterAll } from '@jest/globals';
import { FakeKit } from '../../nodes/gateway/fake-kit.ts';
import { createGateway } from '../../nodes/gateway/gateway.ts';
import { runApiSuite } from './contract.suite.ts';

const fake = new FakeKit();
const gateway = createGateway(fake.kit, {
  port: 0,
  version: '0.0.0',
  demo: false,
  portalFolder: 'portal/dist',
  production: false,
});
afterAll(() => gateway.close());

runApiSuite(async () => {
  const { port } = await gateway.listen(0);
  const tokens = { full: 'token-all', none: 'token-none', other: 'token-other' };
  return { baseUrl: `http://localhost:${port}`, tokens };
});
