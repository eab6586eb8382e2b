import { Store } from '../state/store.ts';
import { addressOf, type PageName, type Place, placeOf } from './routes.ts';

/** The address bar as a store. */
export class Router {
  readonly place = new Store<Place>(placeOf(location.pathname, location.search));
  /** The query each list was left with, so that going back to it by the navigation keeps it. */
  readonly #left = new Map<PageName, string>();

  constructor() {
    addEventListener('popstate', () => this.#read());
  }

  /** Goes somewhere; a list without a query comes back as it was left. */
  go(to: { page: PageName; id?: string; search?: string }): void {
    const { page, id = '' } = to;
    const search =
      to.search ?? (id === '' && this.place.value.page !== page ? (this.#left.get(page) ?? '') : '');
    const address = addressOf({ page, id, search });
    if (address === location.pathname + location.search) return;
    history.pushState(null, '', address);
    this.#read();
    scrollTo(0, 0);
  }

  /** Back to the list a record was opened from, as it was left. */
  up(): void {
    const { page } = this.place.value;
    this.go({ page, search: this.#left.get(page) ?? '' });
  }

  /** The view of the list shown has changed: the address follows without a new step of history. */
  mark(search: string): void {
    const { page, id } = this.place.value;
    if (id !== '') return;
    history.replaceState(null, '', addressOf({ page, search }));
    this.#read();
  }

  #read(): void {
    const place = placeOf(location.pathname, location.search);
    if (place.id === '') this.#left.set(place.page, place.search);
    this.place.set(place);
  }
}
