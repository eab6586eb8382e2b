import { type Contract, contractOf, type Operation, operationOf, type Version } from './contract.ts';
import type { SendSettings } from './descriptor.ts';
import type { HttpClient } from './http.ts';
import { loadWsdl, type WsdlDocument } from './wsdl-load.ts';
import { readWsdl } from './wsdl-read.ts';

/** Everything needed to call one operation. */
export interface Target {
  readonly url: string;
  readonly version: Version;
  readonly namespace: string;
  /** Parameters are in the namespace. */
  readonly qualified: boolean;
  readonly operation: Operation;
}

/** Where calls go: as the settings say, or as the peer's WSDL says, which is read when first needed and then kept. */
export class Targets {
  private readonly settings: SendSettings;
  private readonly contract: Contract;
  private readonly http: HttpClient;
  private documents: readonly WsdlDocument[] | undefined;
  private readonly known = new Map<string, Target>();

  constructor(settings: SendSettings, http: HttpClient) {
    this.settings = settings;
    this.contract = contractOf(settings);
    this.http = http;
  }

  /** Throws where the WSDL cannot be had or does not say what is asked. */
  async find(name: string | undefined, timeoutMs: number, signal: AbortSignal | undefined): Promise<Target> {
    const wanted = name ?? this.settings.operation;
    return this.settings.wsdl === undefined
      ? this.configured(wanted)
      : this.described(wanted, this.settings.wsdl, timeoutMs, signal);
  }

  private configured(wanted: string | undefined): Target {
    const { url, version = '1.1', style = 'document', qualified = true } = this.settings;
    const { operations, namespace } = this.contract;
    const operation = wanted === undefined ? operations[0] : operations.find((one) => one.name === wanted);
    if (url === undefined) throw new Error('neither url nor wsdl is set');
    if (operation === undefined) throw new Error(`no operation ${wanted} in the settings`);
    return { url, version, namespace, qualified: qualified && style === 'document', operation };
  }

  private async described(
    wanted: string | undefined,
    location: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Target> {
    const { settings } = this;
    this.documents ??= await loadWsdl(location, this.http, timeoutMs, signal);
    const asked = wanted ?? settings.operations?.[0]?.name;
    const known = this.known.get(asked ?? '');
    if (known !== undefined) return known;
    const { service, port, version } = settings;
    const found = readWsdl(this.documents, { service, port, version, operation: asked });
    const own = settings.operations?.find(({ name }) => name === found.operation);
    const operation = operationOf(
      {
        response: found.response,
        ...(found.result !== undefined && { result: found.result }),
        soapAction: found.soapAction,
        ...rolesOf(own?.parameters ?? found.parameters),
        ...own,
        name: found.name,
      },
      settings,
      found.namespace,
    );
    const target = {
      url: settings.url ?? found.url,
      version: found.version,
      namespace: found.namespace,
      qualified: found.qualified,
      operation,
    };
    this.known.set(asked ?? '', target);
    return target;
  }
}

/** Which parameter is which where nothing says so: by their usual names, else action first and message last. */
function rolesOf(parameters: readonly string[]): {
  parameters?: string[];
  message?: string;
  action?: { parameter: string };
} {
  const like = (pattern: RegExp) => parameters.find((name) => pattern.test(name));
  const message = like(/^(message|msg|xml|input(parameter)?|payload)$/i) ?? parameters.at(-1);
  const action = like(/^(action|tradecode|method|event(type)?)$/i) ?? parameters[0];
  return {
    ...(parameters.length > 0 && { parameters: [...parameters] }),
    ...(message !== undefined && { message }),
    ...(action !== undefined && action !== message && { action: { parameter: action } }),
  };
}
