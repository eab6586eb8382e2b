import { HisReceiver, type Received } from '../his/receiver.ts';
import { JsonPartner } from '../rest/partner.ts';

interface LabelRequest {
  readonly action: 'print' | 'cancel';
  readonly order: { readonly number: string };
  readonly patient: { readonly name?: string };
  readonly tubes: readonly { readonly barcode: string }[];
}

/** A blood-collection line: prints labels, tells of tubes that were labelled, filled, rejected. REST, and HL7 over MLLP. */
export class CollectionLine {
  /** Barcode of each label that is to be used, with its order. */
  readonly labels = new Map<string, string>();
  readonly requests: LabelRequest[] = [];
  partner!: JsonPartner;
  hl7!: HisReceiver;
  private serial = 0;

  static async listen(key: string): Promise<CollectionLine> {
    const line = new CollectionLine();
    line.partner = await JsonPartner.listen(key, (request) => ({ body: line.take(request) }));
    line.hl7 = await HisReceiver.listen({});
    return line;
  }

  get url(): string {
    return `${this.partner.url}/labels`;
  }

  /** Tells the platform of tubes of an order. */
  tell(url: string, order: string, tubes: readonly object[]) {
    const at = new Date().toISOString();
    const id = `l-${++this.serial}`;
    return this.partner.post(url, {
      kind: 'status',
      id,
      system: 'LINE-1',
      order: { number: order },
      at,
      tubes,
    });
  }

  /** SSU^U03 for tubes: barcode with its state of table 0370. */
  update(tubes: readonly (readonly [barcode: string, state: string])[]): Buffer {
    const time = new Date().toISOString().replace(/[-:T]/g, '').slice(0, 14);
    const segments = [
      `MSH|^~\\&|LINE-1||CYTOMESH|CELLLAB|${time}+0000||SSU^U03^SSU_U03|L${++this.serial}|P|2.5.1`,
      `EQU|LINE-1|${time}+0000`,
      ...tubes.map(([barcode, state]) => `SAC|||${barcode}|||BLD|${time}+0000|${state}`),
    ];
    return Buffer.from(`${segments.join('\r')}\r`);
  }

  /** Labels that came as OML^O33. */
  get orders(): readonly Received[] {
    return this.hl7.received;
  }

  async close(): Promise<void> {
    await this.partner.close();
    await this.hl7.close();
  }

  private take(request: LabelRequest): object {
    this.requests.push(request);
    for (const { barcode } of request.tubes)
      if (request.action === 'print') this.labels.set(barcode, request.order.number);
      else this.labels.delete(barcode);
    return { code: '0' };
  }
}
