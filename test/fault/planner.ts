import { Person } from './api.ts';

/** Accepts orders at the API; what was answered with success must reach the hospital. */
export class Planner {
  readonly accepted = new Set<string>();
  private readonly base: string;

  constructor(httpPort: number) {
    this.base = `http://127.0.0.1:${httpPort}`;
  }

  async acceptSome(n: number): Promise<void> {
    try {
      const person = new Person(this.base, 'planner');
      await person.signIn();
      const { items } = await person.get<{ items: { id: string; version: number; placerNumber: string }[] }>(
        `/orders?filter[state]=SUBMITTED&pageSize=${n}`,
      );
      for (const order of items) {
        await person.post(`/orders/${order.id}/actions/accept`, {}, { 'if-match': `"${order.version}"` });
        this.accepted.add(order.placerNumber);
      }
    } catch {
      // The platform was killed meanwhile: an answer that never came promises nothing.
    }
  }
}
