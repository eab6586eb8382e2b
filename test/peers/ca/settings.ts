import type { CaServer } from './server.ts';

/** The contract of the simulated CA as settings of the `esign` adapter, as an engineer would write them. */

const answer = {
  code: 'code',
  reason: 'message',
  good: ['0'],
  pending: ['10'],
  busy: ['503'],
  read: {
    document: 'data.bizNo',
    transaction: 'data.transactionId',
    signature: 'data.signature',
    certificate: 'data.cert',
    timestamp: 'data.tsToken',
    valid: 'data.valid',
  },
};
const shared = { appId: 'app', bizNo: 'document', hash: 'hash', hashAlg: 'algorithm', userName: 'signer' };
const proven = { ...shared, signature: 'signature', cert: 'certificate' };

export interface Shared {
  readonly secret: string;
  readonly reference: string;
  /** File of the CA's certificates. */
  readonly ca: string;
}

export const trustOf = (server: CaServer, { ca }: Shared) => ({
  ca: [ca],
  digest: server.ca.kind === 'SM2' ? 'SM3' : 'SHA-256',
});

export const restSend = (server: CaServer, own: Shared) => ({
  url: `${server.url}/api`,
  app: 'cytomesh',
  operations: {
    sign: { path: '/sign', send: { ...shared, docName: 'title', callbackUrl: 'callback' } },
    verify: { path: '/verify', send: proven },
    timestamp: { path: '/timestamp', send: shared },
  },
  answer,
  proof: { kind: 'hmac-sha256', secret: own.secret },
  trust: trustOf(server, own),
  reference: { secret: own.reference },
  callback: 'ca',
});

const withoutProof = <T extends { proof: unknown }>({ proof: _, ...rest }: T): Omit<T, 'proof'> => rest;

/** Its SOAP face asks for no proof: it stands behind mutual TLS where it is in earnest. */
export const soapSend = (server: CaServer, own: Shared) => ({
  ...withoutProof(restSend(server, own)),
  url: `${server.url}/ws`,
  soap: { namespace: 'http://ca.example/' },
  operations: {
    sign: { element: 'signHash', action: 'signHash', send: { ...shared, callbackUrl: 'callback' } },
    verify: { element: 'verifyHash', send: proven },
    timestamp: { element: 'timestampHash', send: shared },
  },
  answer: {
    ...answer,
    code: 'result.code',
    reason: 'result.message',
    inner: 'return',
    read: Object.fromEntries(
      Object.entries(answer.read).map(([name, path]) => [name, path.replace('data.', 'result.')]),
    ),
  },
});

export const callbackListen = (server: CaServer, own: Shared) => ({
  path: 'ca',
  answer: {
    code: 'status',
    reason: 'message',
    good: ['0'],
    pending: ['20'],
    read: {
      document: 'bizNo',
      transaction: 'transactionId',
      signature: 'signature',
      certificate: 'cert',
      timestamp: 'tsToken',
    },
  },
  proof: { kind: 'hmac-sha256', secrets: [own.secret] },
  reference: { secret: own.reference },
  trust: trustOf(server, own),
});
