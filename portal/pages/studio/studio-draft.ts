import {
  type DefinitionGetResult,
  definitionDropDraft,
  definitionSaveDraft,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Caller } from '../../api/http.ts';

/** `same`: as in force; `typed`: not saved yet; `conflict`: somebody else has saved a draft since. */
export type DraftState = 'same' | 'typed' | 'saving' | 'saved' | 'conflict' | 'failed';

/** What is typed, kept on the server soon after: a draft that nobody loses and nobody overwrites unseen. */
export class StudioDraft {
  text = '';
  inForce = '';
  baseVersion = 0;
  state: DraftState = 'same';
  fault: ApiFault | undefined;
  /** Who saved the draft that is shown or in the way. */
  by = '';
  at = '';
  /** A text that differs may be kept. */
  mayKeep = false;
  #version = 0;
  #id = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> | undefined;
  readonly #http: () => Caller;
  readonly #changed: () => void;

  constructor(http: () => Caller, changed: () => void) {
    this.#http = http;
    this.#changed = changed;
  }

  /** The draft, else the text in force. */
  open({ definition, text, draft }: DefinitionGetResult): void {
    clearTimeout(this.#timer);
    this.#id = definition.id;
    this.inForce = text;
    this.text = draft?.text ?? text;
    this.baseVersion = draft?.baseVersion ?? definition.published;
    this.#version = draft?.version ?? 0;
    this.by = draft?.updatedBy ?? '';
    this.at = draft?.updatedAt ?? '';
    this.state = draft ? 'saved' : 'same';
    this.fault = undefined;
  }

  get dirty(): boolean {
    return this.state === 'typed' || this.state === 'failed';
  }

  type(text: string): void {
    this.text = text;
    if (this.state !== 'conflict') this.state = 'typed';
    clearTimeout(this.#timer);
    if (this.mayKeep) this.#timer = setTimeout(() => void this.save(), 1500);
    this.#changed();
  }

  /** Keeps what is typed now; `over` somebody else's draft where the person says so. */
  async save(over = false): Promise<void> {
    clearTimeout(this.#timer);
    await this.#saving;
    if (!this.mayKeep || !(over || this.dirty)) return;
    const { text, baseVersion } = this;
    this.state = 'saving';
    this.#changed();
    this.#saving = this.#send(text, baseVersion, over);
    await this.#saving;
    this.#saving = undefined;
    this.#changed();
  }

  async #send(text: string, baseVersion: number, over: boolean): Promise<void> {
    try {
      const draft = await definitionSaveDraft(this.#http(), {
        id: this.#id,
        text,
        baseVersion,
        draft: this.#version,
      });
      this.#version = draft.version;
      this.by = draft.updatedBy;
      this.at = draft.updatedAt;
      this.fault = undefined;
      this.state = this.text === text ? 'saved' : 'typed';
    } catch (error) {
      const fault = toApiFault(error);
      const current = Number(fault.data.current);
      if (fault.code === 'kernel.record.stale' && over && this.#version !== current) {
        this.#version = current;
        return this.#send(text, baseVersion, false);
      }
      this.fault = fault;
      this.by = typeof fault.data.by === 'string' ? fault.data.by : this.by;
      this.state = fault.code === 'kernel.record.stale' ? 'conflict' : 'failed';
    }
  }

  /** Back to what is in force. */
  async discard(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#saving;
    await definitionDropDraft(this.#http(), { id: this.#id });
  }

  stop(): void {
    clearTimeout(this.#timer);
    if (this.dirty) void this.save();
  }
}
