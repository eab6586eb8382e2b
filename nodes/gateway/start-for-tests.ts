import { FakeKit } from './fake-kit.ts';
import { createGateway, type Gateway } from './gateway.ts';
import type { GatewayKit, GatewayOptions } from './options.ts';

export interface Started {
  readonly base: string;
  readonly fake: FakeKit;
  readonly gateway: Gateway;
}

/** A gateway on a free port, over the fake kit unless another is given. */
export async function startForTests(
  options: Partial<GatewayOptions> = {},
  kit?: GatewayKit,
): Promise<Started> {
  const fake = new FakeKit();
  const gateway = createGateway(kit ?? fake.kit, {
    port: 0,
    host: '127.0.0.1',
    version: '1.2.3',
    demo: true,
    demoUsers: ['admin', 'planner'],
    demoPassword: 'Cytomesh#Demo1',
    portalFolder: '/nowhere',
    production: false,
    ...options,
  });
  const { port } = await gateway.listen(0);
  return { base: `http://127.0.0.1:${port}`, fake, gateway };
}
