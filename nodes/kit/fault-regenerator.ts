import { Errors } from 'moleculer';
import { catalogue, type FaultCode } from '../../contracts/faults/catalogue.ts';
import { Fault, type FaultData, isFault } from '../../contracts/kernel/fault.ts';
import type { FaultKind } from '../../contracts/kernel/fault-kind.ts';
import { meshErrorType } from './mesh-fault.ts';

/** A fault on the wire. `stack` stays at home: it is in the log of the node where it happened. */
interface PlainFault {
  readonly name: 'Fault';
  readonly message: string;
  readonly nodeID: string;
  readonly code: string;
  readonly type: string;
  readonly kind: FaultKind;
  readonly data: FaultData;
  readonly retryable: boolean;
}

/** Rebuilds faults on the far side of the wire: same code, kind, data and `retryable`. */
export class FaultRegenerator extends Errors.Regenerator {
  private nodeId = '';

  override init(broker: Parameters<Errors.Regenerator['init']>[0]): void {
    super.init(broker);
    this.nodeId = broker.nodeID;
  }

  override extractPlainError(error: Record<string, unknown>): Errors.PlainMoleculerError {
    if (!isFault(error) && meshErrorType(error) !== undefined) {
      return { ...super.extractPlainError(error), stack: '' };
    }
    const fault = isFault(error) ? error : new Fault('kernel.internal.error');
    const plain: PlainFault = {
      name: 'Fault',
      message: fault.message,
      nodeID: (error.nodeID as string | undefined) ?? this.nodeId,
      code: fault.code,
      type: fault.code,
      kind: fault.kind,
      data: fault.data,
      retryable: fault.retryable,
    };
    return plain as unknown as Errors.PlainMoleculerError;
  }

  override restoreCustomError(wire: Errors.PlainMoleculerError): Error {
    const plain = wire as unknown as Partial<PlainFault>;
    if (plain.name !== 'Fault') return undefined as unknown as Error;
    return new Fault(codeOf(plain), plain.data ?? {});
  }
}

/** A node of another version may know codes that are not known here; what may be done next is kept. */
function codeOf(plain: Partial<PlainFault>): FaultCode {
  if (plain.code !== undefined && Object.hasOwn(catalogue, plain.code)) return plain.code as FaultCode;
  if (plain.kind === 'transient') return 'kernel.mesh.unavailable';
  if (plain.kind === 'ambiguous') return 'kernel.mesh.timeout';
  return 'kernel.internal.error';
}
