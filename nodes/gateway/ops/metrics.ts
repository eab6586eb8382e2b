import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Metrics of this process. Labels are templates, methods and statuses: no ids, no names, no patient data. */
export class GatewayMetrics {
  readonly registry = new Registry();
  private readonly durations: Histogram<'method' | 'route' | 'status'>;
  readonly streams: Gauge;
  readonly streamEvents: Counter;
  readonly streamResets: Counter<'reason'>;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.durations = new Histogram({
      name: 'cytomesh_http_request_seconds',
      help: 'Duration of HTTP requests by route template',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 3, 10],
      registers,
    });
    this.streams = new Gauge({ name: 'cytomesh_stream_clients', help: 'Open live streams', registers });
    this.streamEvents = new Counter({
      name: 'cytomesh_stream_events_total',
      help: 'Events written to live streams',
      registers,
    });
    this.streamResets = new Counter({
      name: 'cytomesh_stream_resets_total',
      help: 'Live streams told to reload',
      labelNames: ['reason'],
      registers,
    });
  }

  observe(method: string, route: string, status: number, seconds: number): void {
    const known = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(method);
    this.durations.observe({ method: known ? method : 'other', route, status: String(status) }, seconds);
  }
}
