import { toSVG } from 'bwip-js/node';
import { generateSecret, generateURI, verifySync } from 'otplib';
import type { Vault } from '../kit/vault.ts';
import { digestOfCode, type Secret } from './secret.ts';

/** What a code of the second factor changes in the secret, or undefined where it is none. */
export type Accepted = { readonly totpStep: number } | { readonly recovery: string[] };

/** A new shared secret, 160 bits (RFC 4226, section 4, R6), and how an authenticator takes it in. */
export function newFactor(username: string): { secret: string; uri: string; qr: string } {
  const secret = generateSecret({ length: 20 });
  const uri = generateURI({ issuer: 'Cytomesh', label: username, secret });
  return { secret, uri, qr: toSVG({ bcid: 'qrcode', text: uri, scale: 4 }) };
}

/**
 * RFC 6238: six digits, 30 s; the step before and after is taken too, each step once. A recovery code stands in once.
 * `now` in ms.
 */
export function acceptCode(
  sealed: string,
  code: string,
  { secret, now, vault }: { readonly secret: Secret; readonly now: number; readonly vault: Vault },
): Accepted | undefined {
  const plain = code.replace(/\s/g, '');
  if (/^\d{6}$/.test(plain)) {
    const result = verifySync({
      secret: vault.open(sealed),
      token: plain,
      epoch: Math.floor(now / 1000),
      epochTolerance: 30,
      ...(secret.totpStep === null ? {} : { afterTimeStep: secret.totpStep }),
    });
    return result.valid && 'timeStep' in result ? { totpStep: result.timeStep } : undefined;
  }
  const left = (secret.recovery ?? []).filter((digest) => digest !== digestOfCode(plain));
  return left.length < (secret.recovery?.length ?? 0) ? { recovery: left } : undefined;
}
