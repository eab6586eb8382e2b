import { adt, MessageFactory, merge, type Order, oml, orm } from '../peers/his/messages.ts';
import type { Patient } from '../peers/his/people.ts';
import type { Random } from '../peers/his/random.ts';
import { applied, type DayItem } from './item.ts';
import { oddItems } from './odd.ts';

export interface DayOptions {
  /** Messages altogether, 300 unless told. The odd ones (about 75) come first in the count. */
  count?: number;
  /** The same seed gives the same day, byte for byte. Distinct days on one platform need distinct seeds. */
  seed?: number;
  /** When the day begins. */
  start?: Date;
}

/** A day of varied traffic at a hospital's interface, to be sent in this order on one connection. */
export function makeDay(options: DayOptions = {}): DayItem[] {
  const { count = 300, seed = 1 } = options;
  const factory = new MessageFactory({
    seed,
    prefix: `D${seed.toString(36).toUpperCase()}`,
    charset: 'GB18030',
    ...(options.start === undefined ? {} : { start: options.start }),
  });
  const odd = oddItems(factory).slice(0, count);
  const usual = new UsualTraffic(factory);
  const items: DayItem[] = [];
  while (items.length < count - odd.length) items.push(...usual.next());
  items.length = count - odd.length;
  return shuffledIn(items, odd, factory.random);
}

/** The ordinary part of the day: it remembers who is registered and which orders are open. */
class UsualTraffic {
  readonly #factory: MessageFactory;
  readonly #patients: Patient[] = [];
  readonly #orders: { patient: Patient; order: Order }[] = [];
  readonly #sent: DayItem[] = [];

  constructor(factory: MessageFactory) {
    this.#factory = factory;
  }

  /** One message, or two that belong together. */
  next(): DayItem[] {
    const made = this.#choose();
    this.#sent.push(...made);
    return made;
  }

  #choose(): DayItem[] {
    const { random } = this.#factory;
    const dice = random.next();
    if (this.#patients.length < 3 || dice < 0.2) return [this.#register()];
    if (dice < 0.32) return [this.#update()];
    if (dice < 0.62 || this.#orders.length === 0)
      return [this.#place(random.pick(this.#patients), 'new order')];
    if (dice < 0.72) return [this.#change()];
    if (dice < 0.8) return [this.#cancel()];
    if (dice < 0.9) return [this.#repeat()];
    if (dice < 0.95) return this.#orderFirst();
    return this.#merge();
  }

  #register(): DayItem {
    const f = this.#factory;
    const person = f.patient();
    this.#patients.push(person);
    const event = f.random.pick(['A01', 'A04', 'A28'] as const);
    const label = { A01: 'admission', A04: 'outpatient registration', A28: 'person added' }[event];
    return applied(label, adt(event, person, f.envelope()));
  }

  #update(): DayItem {
    const f = this.#factory;
    const at = f.random.int(0, this.#patients.length - 1);
    const person = { ...this.#patients[at]!, address: f.patient().address };
    this.#patients[at] = person;
    return applied('patient data changed', adt(f.random.pick(['A08', 'A31']), person, f.envelope()));
  }

  #place(person: Patient, label: string): DayItem {
    const f = this.#factory;
    const order = f.order();
    this.#orders.push({ patient: person, order });
    const build = f.random.chance(0.3) ? oml : orm;
    return applied(label, build('NW', person, order, f.envelope()));
  }

  #change(): DayItem {
    const f = this.#factory;
    const at = f.random.int(0, this.#orders.length - 1);
    const { patient, order } = this.#orders[at]!;
    const changed = { ...order, quantity: order.quantity + 1, note: '数量有变，请核对' };
    this.#orders[at] = { patient, order: changed };
    const build = f.random.chance(0.3) ? oml : orm;
    return applied('order changed', build('XO', patient, changed, f.envelope()));
  }

  #cancel(): DayItem {
    const f = this.#factory;
    const at = f.random.int(0, this.#orders.length - 1);
    const [{ patient, order }] = this.#orders.splice(at, 1) as [{ patient: Patient; order: Order }];
    const build = f.random.chance(0.3) ? oml : orm;
    return applied('order cancelled', build('CA', patient, order, f.envelope()));
  }

  #repeat(): DayItem {
    const recent = this.#sent.slice(-40).filter((item) => item.expect === 'applied');
    const again = this.#factory.random.pick(recent);
    return { ...again, label: `sent again: ${again.label}`, expect: 'duplicate' };
  }

  #orderFirst(): DayItem[] {
    const f = this.#factory;
    const person = f.patient();
    const early = this.#place(person, 'order before its patient');
    this.#patients.push(person);
    return [early, applied('the patient of an earlier order', adt('A04', person, f.envelope()))];
  }

  /** Registers a person a second time without papers, under a second number, then says that both are one. The second number is not used again. */
  #merge(): DayItem[] {
    const f = this.#factory;
    const survivor = f.random.pick(this.#patients);
    const prior = { ...survivor, mrn: f.patient().mrn, idNumber: '', phone: '' };
    return [
      applied('registered twice', adt('A04', prior, f.envelope())),
      applied('merge of two registrations', merge(survivor, prior, f.envelope())),
    ];
  }
}

/** Puts each of `extra` at a random place; the order within both lists stays. */
function shuffledIn(items: readonly DayItem[], extra: readonly DayItem[], random: Random): DayItem[] {
  const places = extra.map(() => random.int(0, items.length)).sort((a, b) => a - b);
  const out: DayItem[] = [];
  let taken = 0;
  for (let at = 0; at <= items.length; at += 1) {
    while (places[taken] === at) out.push(extra[taken++]!);
    if (at < items.length) out.push(items[at]!);
  }
  return out;
}
