import type { WebRequest } from '../../contracts/adapter/web.ts';
import { t } from '../../contracts/kernel/text.ts';
import { decodeXml } from './charset.ts';
import type { Contract, Operation, Version } from './contract.ts';
import type { ListenSettings } from './descriptor.ts';
import { type Envelope, readEnvelope } from './envelope.ts';
import { checkHeaders, replyHeaders, securityOf } from './headers.ts';
import { type MediaType, mediaTypeOf } from './media-type.ts';
import { readMultipart } from './multipart.ts';
import { SoapProblem } from './problem.ts';
import { type Call, callOf, operationOf } from './request.ts';
import { equal, TokenCheck } from './security.ts';
import type { XmlLimits } from './xml-reader.ts';
import { inlineParts } from './xop.ts';

/** A request whose envelope was read. */
export interface Opened {
  readonly envelope: Envelope;
  readonly media: MediaType;
  readonly oddities: readonly string[];
}

export interface Received {
  readonly call: Call;
  /** `action` as we call it, and `sentAction` where the sender calls it otherwise. */
  readonly actions: Readonly<Record<string, string>>;
  readonly oddities: readonly string[];
  readonly replyHeaders: string;
  /** The request was not kept after all: its token may come again. */
  readonly forget: () => void;
}

const xml = /^(text\/xml|application\/xml|application\/soap\+xml)$/;

/** From an HTTP request to a call, or a problem. Nothing is kept here. */
export class Reception {
  /** Callers have to say who they are. */
  readonly guarded: boolean;
  private readonly settings: ListenSettings;
  private readonly contract: Contract;
  private readonly limits: XmlLimits;
  private readonly versions: readonly Version[];
  private readonly tokens: TokenCheck | undefined;

  constructor(settings: ListenSettings, contract: Contract, limits: XmlLimits, versions: readonly Version[]) {
    this.settings = settings;
    this.contract = contract;
    this.limits = limits;
    this.versions = versions;
    this.tokens = settings.usernameToken && new TokenCheck(settings.usernameToken);
    this.guarded = settings.usernameToken !== undefined || settings.basic !== undefined;
  }

  /** The version a fault is written in before the envelope tells: that of the media type, where it is one of ours. */
  versionOf({ headers }: WebRequest): Version {
    const said = /soap\+xml/i.test(headers['content-type'] ?? '') ? '1.2' : '1.1';
    return this.versions.includes(said) ? said : this.versions[0]!;
  }

  open({ headers, body }: WebRequest): Opened {
    this.checkBasic(headers.authorization);
    const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
    if (encoding !== 'identity') throw unsupported(`content-encoding ${encoding.slice(0, 50)}`);
    const media = mediaTypeOf(headers['content-type']);
    if (xml.test(media.type)) return this.read(body, media, (source) => source);
    if (media.type !== 'multipart/related')
      throw unsupported(`content-type ${media.type.slice(0, 100) || '(none)'}`);
    const [root, ...parts] = readMultipart(body, media);
    const limit = this.settings.maxBytes ?? 67108864;
    return this.read(root!.bytes, { ...root!.media, type: media.type }, (source) =>
      inlineParts(source, parts, this.contract, this.limits, limit),
    );
  }

  /** What the envelope asks for, once its sender and its headers have been looked at. */
  receive({ envelope, media, oddities }: Opened, headers: WebRequest['headers'], now: number): Received {
    const { version, source } = envelope;
    if (!this.versions.includes(version))
      throw new SoapProblem(
        t(`仅支持 SOAP ${this.versions[0]}`, `Only SOAP ${this.versions[0]} is spoken here`),
        { soap: 'VersionMismatch', kind: 'bad-request' },
      );
    const forget = this.tokens?.check(source, securityOf(envelope), now) ?? (() => undefined);
    try {
      checkHeaders(envelope, this.tokens !== undefined);
      const { anyNamespace = false, actions = {} } = this.settings;
      const operation = operationOf(envelope, this.contract, anyNamespace);
      this.checkSoapAction(operation, media, headers);
      const call = callOf(envelope, operation);
      const action = Object.hasOwn(actions, call.action) ? actions[call.action]! : call.action;
      return {
        call,
        actions: action === call.action ? { action } : { action, sentAction: call.action },
        oddities: [...oddities, ...call.oddities],
        replyHeaders: replyHeaders(envelope, operation.soapAction),
        forget,
      };
    } catch (error) {
      forget();
      throw error;
    }
  }

  private read(bytes: Uint8Array, media: MediaType, inline: (source: string) => string): Opened {
    const { text, oddity } = decodeXml(bytes, media.params.charset, this.settings.charset ?? 'UTF-8');
    return {
      envelope: readEnvelope(inline(text), this.limits),
      media,
      oddities: oddity === undefined ? [] : [oddity],
    };
  }

  private checkSoapAction(
    { name, soapAction }: Operation,
    media: MediaType,
    headers: WebRequest['headers'],
  ): void {
    if (!this.settings.checkSoapAction) return;
    const given = media.params.action ?? headers.soapaction?.trim().replace(/^"(.*)"$/, '$1');
    if (given === soapAction) return;
    throw new SoapProblem(
      t(`SOAPAction 与操作 ${name} 不符`, `SOAPAction is not that of the operation ${name}, ${soapAction}`),
      { kind: 'bad-request' },
    );
  }

  private checkBasic(header = ''): void {
    const { basic } = this.settings;
    if (basic === undefined) return;
    const encoded = /^basic +([\w+/=-]+)$/i.exec(header)?.[1] ?? '';
    const given = Buffer.from(encoded, 'base64').toString('utf8');
    if (basic.map(({ username, password }) => equal(given, `${username}:${password}`)).includes(true)) return;
    throw new SoapProblem(t('用户名或口令错误', 'Wrong user name or password'), {
      kind: 'auth-failed',
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="cytomesh", charset="UTF-8"' },
    });
  }
}

/** Other types could be sent by any page in a browser without being asked (no preflight), so they are not guessed at. */
const unsupported = (what: string): SoapProblem =>
  new SoapProblem(t(`不支持 ${what}`, `Not supported: ${what}`), { kind: 'bad-request', status: 415 });
