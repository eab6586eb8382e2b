import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adt, MessageFactory, orm } from '../../peers/his/messages.ts';
import { HisSender } from '../../peers/his/sender.ts';
import { type RunningPlatform, runPlatform } from '../../platform.ts';
import { Engineer, type FoundOrder } from '../engineer.ts';

/** A platform with a HIS that orders by HL7, an engineer who connects partners and a planner who decides. */
export class Lab {
  platform: RunningPlatform;
  readonly engineer: Engineer;
  readonly planner: Engineer;
  private readonly his: HisSender;
  private readonly factory: MessageFactory;
  private readonly placed = new Map<
    string,
    { patient: ReturnType<MessageFactory['patient']>; order: ReturnType<MessageFactory['order']> }
  >();

  private constructor(
    platform: RunningPlatform,
    engineer: Engineer,
    planner: Engineer,
    his: HisSender,
    seed: number,
  ) {
    this.platform = platform;
    this.engineer = engineer;
    this.planner = planner;
    this.his = his;
    this.factory = new MessageFactory({ seed, charset: 'GB18030' });
  }

  static async open(seed: number): Promise<Lab> {
    const platform = await runPlatform({ dataFolder: mkdtempSync(join(tmpdir(), 'cytomesh-lab-')) });
    const his = await HisSender.connect({ port: platform.mllpPort });
    return new Lab(platform, await Engineer.at(platform), await Engineer.at(platform, 'planner'), his, seed);
  }

  /** The platform ends at once, in the midst of whatever it does, and comes back where it was. */
  async kill(): Promise<void> {
    const { dataFolder, mllpPort, httpPort, interfacePort, mqttPort, dicomPort } = this.platform;
    await this.platform.kill('SIGKILL');
    const ports = { mllpPort, httpPort, interfacePort, mqttPort, dicomPort };
    this.platform = await runPlatform({ dataFolder, ...ports });
  }

  /** Address on the interface port. */
  at(path: string): string {
    return `http://127.0.0.1:${this.platform.interfacePort}${path}`;
  }

  /** A partner made from a template, running. */
  template(id: string, partner: string, values: object, secrets: object): Promise<unknown> {
    const body = { partner, title: '对方', titleEn: 'Partner', values, secrets, start: true };
    return this.engineer.post(`/channel-templates/${id}/actions/create`, body);
  }

  /** The HIS orders; gives the order as it came. */
  async place(): Promise<FoundOrder> {
    const patient = this.factory.patient();
    const order = this.factory.order();
    await this.his.send(adt('A01', patient, this.factory.envelope()).bytes);
    await this.his.send(orm('NW', patient, order, this.factory.envelope()).bytes);
    this.placed.set(order.placer, { patient, order });
    return this.planner.order(order.placer);
  }

  /** The HIS takes an order back. */
  async cancel(placer: string): Promise<void> {
    const { patient, order } = this.placed.get(placer)!;
    await this.his.send(orm('CA', patient, order, this.factory.envelope()).bytes);
  }

  patientOf(placer: string): { readonly name: string; readonly mrn: string } {
    return this.placed.get(placer)!.patient;
  }

  async decide(placer: string, action: string, body: object = {}): Promise<void> {
    const { id, version } = await this.planner.order(placer);
    await this.planner.post(`/orders/${id}/actions/${action}`, body, { 'if-match': `"${version}"` });
  }

  async close(): Promise<void> {
    await this.his.end();
    await this.platform.kill();
    rmSync(this.platform.dataFolder, { recursive: true, force: true, maxRetries: 5 });
  }
}
