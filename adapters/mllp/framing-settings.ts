import { defaultFraming, type Framing, hexBytes } from './codec.ts';
import type { ListenSettings, SendSettings } from './descriptor.ts';

/** Framing of an endpoint from its settings. */
export function framingOf(settings: ListenSettings | SendSettings): Framing {
  return {
    start: settings.startBytes === undefined ? defaultFraming.start : hexBytes(settings.startBytes),
    end: settings.endBytes === undefined ? defaultFraming.end : hexBytes(settings.endBytes),
    requireFinalCr: settings.requireFinalCr ?? defaultFraming.requireFinalCr,
    maxFrameBytes: settings.maxFrameBytes ?? defaultFraming.maxFrameBytes,
  };
}
