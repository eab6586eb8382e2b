import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Compile } from 'typebox/compile';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { type Answer, isBad } from '../engine/format.ts';
import { readXml } from '../xml/reader.ts';
import { format } from './format.ts';

const endpoint = (more: Partial<EndpointDef> = {}): EndpointDef => ({
  endpoint: 'hip',
  title: { zh: '平台', en: 'Platform' },
  org: 'HY',
  adapter: 'soap',
  format: 'hip',
  listen: {},
  decode: { mode: 'forced', charset: 'UTF-8' },
  ack: { mode: 'auto', unrouted: 'accept' },
  lane: 'patient',
  retainDays: 30,
  ...more,
});
const sample = (path: string) => readFileSync(new URL(`samples/${path}.xml`, import.meta.url), 'utf8');
const register = sample('hip-patient/PatientInfoRegister-t01-r2');
const merge = sample('hip-patient/PatientInfoMerge-t01-r2');
const query = sample('hip-patient-query/PatientInfoQuery-t01-r2');
const exam = sample('hip-exam-app/ExamAppInfoAdd-t01-r2');
const search = sample('hip-document-query/DocumentRetrieve-t01-r2');

const frame = (text: string, action?: string) => ({
  bytes: Buffer.from(text),
  oddities: [],
  ...(action === undefined ? {} : { meta: { action } }),
});
const read = (text: string, action?: string, more: Partial<EndpointDef> = {}) =>
  format.read(frame(text, action), endpoint(more));
const one = (text: string, action?: string, more: Partial<EndpointDef> = {}) =>
  read(text, action, more).messages[0]!;
const now = Date.UTC(2026, 2, 2, 4, 0, 5);
const good: Answer = { code: 'AA', outcome: 'AA' };
const answered = (text: string, action: string, answer: Answer, more: Partial<EndpointDef> = {}) => {
  const bytes = read(text, action, more).reply([answer], now);
  return bytes && Buffer.from(bytes).toString('utf8');
};
const valueIn = (text: string, path: string) => {
  const document = readXml(text);
  const compiled = format.source.value(path);
  if (!('root' in document) || isBad(compiled)) throw new Error('not readable');
  return compiled.get(format.source.open({ root: document.root, meta: {} }));
};

describe('[EVA-01] which service a message is for', () => {
  const by = (interaction: string) =>
    register.replace('extension="PRPA_IN201311UV02"', `extension="${interaction}"`);
  const alias = ['action-alias PatientInfoRegister'];
  test.each<[string | undefined, string, string[], string]>([
    ['PatientInfoRegister', 'PatientInfoRegister', [], register],
    ['EncounterCardInfoAdd', 'EncounterCardInfoAdd', [], register],
    [' patientinforegister ', 'PatientInfoRegister', alias, register],
    ['S0001', 'PatientInfoRegister', alias, register],
    ['CS0001', 'PatientInfoRegister', alias, register],
    ['urn:hl7-org:v3/PatientInfoRegisterRequest', 'PatientInfoRegister', alias, register],
    ['PatientInfoRegiste', 'PatientInfoRegister', alias, register],
    ['MES0084', 'PatientInfoRegister', [], register],
    [undefined, 'PRPA_IN201311UV02', ['action-missing'], register],
    [undefined, 'PatientInfoRegister', ['action-from-message'], by('S0001')],
    [undefined, 'PatientInfoMerge', ['action-from-message'], merge],
    ['VitalSignsAdd', 'VitalSignsAdd', ['action-unknown'], register],
    ['<script>', 'script', ['action-unknown'], register],
    ['DocumentAccess', 'DocumentRetrieve', ['action-swapped'], search],
    [
      'PatientInfoRegister',
      'PatientInfoRegister',
      ['interaction-differs PRPA_IN201305UV02'],
      by('PRPA_IN201305UV02'),
    ],
    ['ExamAppInfoAdd', 'ExamAppInfoAdd', [], exam.replaceAll('POOR_IN200901UV', 'POOR_IN200901UV01')],
  ])('%s is %s %s', (action, type, warnings, text) => {
    const message = one(text, action, { read: { actions: { MES0084: 'PatientInfoRegister' } } });
    expect([message.type, message.warnings, message.unsound]).toEqual([type, warnings, undefined]);
  });

  test('every spelling that the field cuts short is one service', () => {
    for (const [short, whole] of [
      ['DocumentRegiste', 'DocumentRegister'],
      ['OutPatientAppointStatusInfoUpdat', 'OutPatientAppointStatusInfoUpdate'],
    ])
      expect(one('<X xmlns="urn:hl7-org:v3"><id extension="1"/></X>', short).type).toBe(whole);
  });

  test('a root element of another service is refused, since one message serves up to six actions', () => {
    expect(one(register, 'ExamAppInfoAdd').unsound).toMatchObject({
      code: 'hub.message.unsound',
      answer: 'AE',
      data: { segment: 'PRPA_IN201311UV02' },
    });
    expect(one(exam, 'PatientInfoRegister').unsound).toBeDefined();
    expect(one(exam, 'OrderFillerStatusInfoUpdate').unsound).toBeUndefined();
  });

  test('keys and lanes: patients, those who cease, orders, specimens; never national ids or domains', () => {
    const message = one(exam, 'ExamAppInfoAdd');
    expect(message.keys.map(({ kind, value }) => `${kind} ${value}`).sort()).toEqual([
      'control EXA-0001',
      'order A20260001',
      'order R0005',
      'order R0006',
      'patient M20260001',
      'specimen B20260001',
      'visit V20260001',
      'visit ZY0001',
    ]);
    expect(message.lanes).toEqual(['M20260001']);
    expect(one(merge, 'PatientInfoMerge').lanes).toEqual(['M20260001', 'M20260099']);
    expect(one(exam, 'ExamAppInfoAdd', { lane: 'specimen' }).lanes).toEqual(['B20260001']);
    expect(one(exam, 'ExamAppInfoAdd', { lane: 'endpoint' }).lanes).toEqual(['hip']);
    expect(one(query, 'PatientInfoQuery').lanes).toEqual([]);
    const own = { read: { keys: { '2.16.156.10011.1.12': 'none', '2.16.156.10011.2.5.1.8': 'visit' } } };
    const kept = one(exam, 'ExamAppInfoAdd', own).keys.filter(({ kind }) => kind === 'visit');
    expect(kept.map(({ value }) => value).sort()).toEqual(['1', 'V20260001']);
    const nameless = register.replace('extension="M20260001"', 'extension=""');
    expect(one(nameless, 'PatientInfoRegister').lanes).toEqual([expect.stringMatching(/^#\w+$/)]);
    for (const { keys, lanes } of [message, one(nameless, 'PatientInfoRegister')])
      expect(JSON.stringify([keys, lanes])).not.toContain('990101198002030018');
  });

  test('the same message under another action is another message', () => {
    const identity = (text: string, action: string, match: 'content' | 'control-id') =>
      String(one(text, action, { duplicate: { match } }).identity);
    for (const match of ['content', 'control-id'] as const) {
      expect(identity(register, 'PatientInfoRegister', match)).toBe(identity(register, 'S0001', match));
      expect(identity(register, 'PatientInfoRegister', match)).not.toBe(
        identity(register, 'EncounterCardInfoAdd', match),
      );
    }
    const changed = register.replace('赵明远', '赵明');
    expect(identity(changed, 'PatientInfoRegister', 'control-id')).toBe(
      identity(register, 'PatientInfoRegister', 'control-id'),
    );
    expect(identity(changed, 'PatientInfoRegister', 'content')).not.toBe(
      identity(register, 'PatientInfoRegister', 'content'),
    );
  });
});

describe('[EVA-01] acknowledgements', () => {
  test('AA: default namespace without prefixes, sides changed, asking for nothing', () => {
    const text = answered(register, 'PatientInfoRegister', good)!;
    expect(text).toMatch(
      /^<MCCI_IN000002UV01 xmlns="urn:hl7-org:v3" xmlns:xsi="[^"]+" ITSVersion="XML_1.0"><id /,
    );
    expect(text).not.toMatch(/<\/?\w+:/);
    expect(valueIn(text, 'acknowledgement@typeCode')).toBe('AA');
    expect(valueIn(text, 'acknowledgement/targetMessage/id@extension')).toBe('PIR-0001');
    expect(valueIn(text, 'acknowledgement/acknowledgementDetail/text@value')).toContain('处理成功');
    expect(valueIn(text, 'acceptAckCode@code')).toBe('NE');
    expect(valueIn(text, 'creationTime@value')).toBe('20260302120005');
    expect(valueIn(text, 'receiver/device/id/item@extension')).toBe('HIP');
    expect(valueIn(text, 'sender/device/id/item@extension')).toBe('CYTOMESH');
  });

  test('AE and AR are AE with the reason, escaped; an unwanted message is told so', () => {
    const bad: Answer = { code: 'AE', outcome: 'AE', reason: '没有"患者" & <标识>' };
    for (const answer of [bad, { ...bad, code: 'AR', outcome: 'AR' as const }]) {
      const text = answered(register, 'PatientInfoRegister', answer)!;
      expect(valueIn(text, 'acknowledgement@typeCode')).toBe('AE');
      expect(valueIn(text, 'acknowledgement/acknowledgementDetail/text@value')).toBe('没有"患者" & <标识>');
    }
    const unwanted = answered(register, 'PatientInfoRegister', { ...good, unwanted: true })!;
    expect(valueIn(unwanted, 'acknowledgement/acknowledgementDetail/text@value')).toContain('没有通道处理');
  });

  test('an older edition is answered in its own style, and the child style by setting', () => {
    const r1 = sample('hip-patient/PatientInfoRegister-t01-r1');
    const text = answered(r1, 'PatientInfoRegister', good, { read: { typeCode: 'child' } })!;
    expect(valueIn(text, 'acknowledgement/typeCode@code')).toBe('AA');
    expect(valueIn(text, 'acknowledgement@typeCode')).toBeUndefined();
    expect(valueIn(text, 'acknowledgement/acknowledgementDetail/text')).toContain('处理成功');
    expect(valueIn(text, 'id@root')).toBe('2.16.156.10011.0');
    expect(valueIn(text, 'interactionId@root')).toBe('2.16.840.1.113883.1.6');
    expect(valueIn(text, 'receiver/device/id@extension')).toBe('HIP');
  });

  test('never one for another: an acknowledgement, and an answer to our query, are owed nothing', () => {
    const ack = answered(register, 'PatientInfoRegister', good)!;
    const found = sample('hip-patient-found/PatientInfoQueryResponse-one');
    for (const text of [ack, ack.replace('code="NE"', 'code="AL"'), found]) {
      const message = one(text, 'PatientInfoRegister');
      expect([message.unsound, message.owed('AA').code, message.owed('AE').code]).toEqual([
        undefined,
        '',
        '',
      ]);
      expect(
        answered(text, 'PatientInfoRegister', { code: '', outcome: 'AA', unwanted: true }),
      ).toBeUndefined();
    }
    expect(one(ack).type).toBe('MCCI_IN000002UV01');
    expect(one(found).type).toBe('PatientInfoQueryResponse');
  });

  test('acceptAckCode is obeyed in auto mode, not in original; queries are always answered', () => {
    const owed = (
      code: string,
      mode: 'auto' | 'original' | 'none',
      text = register,
      action = 'PatientInfoRegister',
    ) => {
      const message = one(text.replace('<acceptAckCode code="AL"', `<acceptAckCode code="${code}"`), action, {
        ack: { mode, unrouted: 'accept' },
      });
      return [message.owed('AA').code, message.owed('AE').code];
    };
    expect(owed('AL', 'auto')).toEqual(['AA', 'AE']);
    expect(owed('', 'auto')).toEqual(['AA', 'AE']);
    expect(owed('NE', 'auto')).toEqual(['', '']);
    expect(owed('ER', 'auto')).toEqual(['', 'AE']);
    expect(owed('SU', 'auto')).toEqual(['AA', '']);
    expect(owed('NE', 'original')).toEqual(['AA', 'AE']);
    expect(owed('AL', 'none')).toEqual(['', '']);
    expect(owed('NE', 'auto', query, 'PatientInfoQuery')).toEqual(['AA', 'AE']);
  });

  test('what is no message is refused with AE, in the charset it came in', () => {
    for (const text of ['', 'hello', '<a>', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>']) {
      expect(one(text, 'PatientInfoRegister').unsound).toMatchObject({ answer: 'AR' });
      const answer = answered(text, 'PatientInfoRegister', { code: 'AR', outcome: 'AR', reason: 'no' })!;
      expect(valueIn(answer, 'acknowledgement@typeCode')).toBe('AE');
    }
    const gb = endpoint({ decode: { mode: 'forced', charset: 'GB18030' } });
    const edited = format.edit(register, 'GB18030', gb);
    if (isBad(edited)) throw new Error(edited.bad);
    const reply = format.read({ bytes: edited.bytes, oddities: [] }, gb).reply([good], now)!;
    expect(format.text(reply, 'GB18030')).toMatch(
      /^<\?xml version="1.0" encoding="GB18030"\?>[\s\S]*处理成功/,
    );
  });
});

describe('[EVA-01] queries', () => {
  const found = sample('hip-patients-found/two');
  test('are answered with their own message: wrapper, acknowledgement and queryAck around what was found', () => {
    const text = answered(query, 'PatientInfoQuery', { ...good, text: found })!;
    expect(text).toMatch(/^<PRPA_IN201306UV02 xmlns="urn:hl7-org:v3"/);
    expect(text).not.toMatch(/<\/?\w+:/);
    expect(text.match(/ xmlns="/g)).toHaveLength(1);
    expect(valueIn(text, 'acknowledgement@typeCode')).toBe('AA');
    expect(valueIn(text, 'acknowledgement/targetMessage/id@extension')).toBe('PIQ-0001');
    expect(valueIn(text, 'interactionId@extension')).toBe('PRPA_IN201306UV02');
    expect(valueIn(text, 'controlActProcess/queryAck/queryId@extension')).toBe('Q-PIQ-0001');
    expect(valueIn(text, 'controlActProcess/queryAck/queryResponseCode@code')).toBe('OK');
    expect(valueIn(text, 'controlActProcess/queryAck/resultTotalQuantity@value')).toBe('2');
    expect(valueIn(text, 'controlActProcess/subject(2)/registrationEvent/subject1/patient/id:id')).toBe(
      'M20260002',
    );
    expect(one(text).type).toBe('PatientInfoQueryResponse');
  });

  test('nothing found is an answer too', () => {
    const text = answered(query, 'PatientInfoQuery', { ...good, text: sample('hip-patients-found/none') })!;
    expect(valueIn(text, 'controlActProcess/queryAck/queryResponseCode@code')).toBe('NF');
    expect(valueIn(text, 'controlActProcess/queryAck/resultTotalQuantity@value')).toBe('0');
  });

  test('a query that got no answer is told so, not acknowledged as if it had', () => {
    for (const answer of [good, { ...good, unwanted: true }, { ...good, text: 'no document' }]) {
      const text = answered(query, 'PatientInfoQuery', answer)!;
      expect(valueIn(text, 'acknowledgement@typeCode')).toBe('AE');
      expect(text).toMatch(/^<MCCI_IN000002UV01/);
    }
  });
});

describe('[EVA-01] what platforms answer', () => {
  const said = (text: string) => format.said!(Buffer.from(text), endpoint());
  const mcci = (inside: string) => `<MCCI_IN000002UV01 xmlns="urn:hl7-org:v3">${inside}</MCCI_IN000002UV01>`;
  test.each([
    [mcci('<acknowledgement typeCode="AA"/>'), { verdict: 'good', code: 'AA', reason: '' }],
    [
      mcci('<acknowledgement><typeCode code="AA"/></acknowledgement>'),
      { verdict: 'good', code: 'AA', reason: '' },
    ],
    [
      mcci(
        '<acknowledgement typeCode="AE"><acknowledgementDetail><text value="号码重复"/></acknowledgementDetail></acknowledgement>',
      ),
      { verdict: 'negative', code: 'AE', reason: '号码重复' },
    ],
    [
      mcci(
        '<acknowledgement><typeCode code="AR"/><acknowledgementDetail><text>拒收</text></acknowledgementDetail></acknowledgement>',
      ),
      { verdict: 'negative', code: 'AR', reason: '拒收' },
    ],
    [mcci('<acknowledgement/>'), { verdict: 'unclear', code: '', reason: 'the acknowledgement has no code' }],
    [
      '<Response><Body><ResultCode>0</ResultCode><ResultContent>成功</ResultContent></Body></Response>',
      { verdict: 'good', code: '0', reason: '' },
    ],
    [
      '<Response><ResultCode>-1</ResultCode><ResultMsg>失败</ResultMsg></Response>',
      { verdict: 'negative', code: '-1', reason: '失败' },
    ],
    ['<RCMR_IN000030UV01/>', { verdict: 'good', code: '', reason: '' }],
    ['<html/>', { verdict: 'unclear', code: '', reason: 'the reply is no acknowledgement' }],
    ['OK', { verdict: 'unclear', code: '', reason: 'the reply is no XML' }],
  ])('%s', (text, expected) => {
    expect(said(text)).toEqual(expected);
  });

  test('a reply belongs to the message it names, or to the one in flight where it names none', () => {
    const matches = (text: string, id: string) => format.matches!(Buffer.from(text), id);
    const ack = mcci(
      '<acknowledgement typeCode="AA"><targetMessage><id extension="C1"/></targetMessage></acknowledgement>',
    );
    expect([matches(ack, 'c1'), matches(ack, 'C2'), matches(mcci(''), 'C1'), matches('OK', 'C1')]).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });
});

describe('[EVA-01] one vocabulary for both styles of data types', () => {
  const value = (text: string, path: string) => valueIn(`<r>${text}</r>`, path);
  test.each<[string, string, unknown]>([
    ['<id><item root="1" extension="a"/><item root="2" extension="b"/></id>', 'id:id', 'a'],
    ['<id><item root="1" extension=""/><item root="2" extension="b"/></id>', 'id:id', 'b'],
    ['<id root="1" extension="a"/><id root="2" extension="b"/>', 'id:id(2)', 'b'],
    ['<id><item root="1" extension="a"/><item root="2" extension="b"/></id>', 'id:id(3|2)', 'b'],
    ['<id><item root="1" extension=""/></id>', 'id:id', null],
    ['<id/>', 'id:id(1)', undefined],
    ['', 'id:id', undefined],
    ['<id>77</id>', 'id:id', '77'],
    [
      '<name xsi:type="BAG_EN"><item><part value="赵"/><part value="明远"/></item></name>',
      'name:name',
      '赵明远',
    ],
    [
      '<name><item use="SYL"><part value="ZHAO"/></item><item><part value="赵"/></item></name>',
      'name:name',
      '赵',
    ],
    ['<name>赵明远</name>', 'name:name', '赵明远'],
    ['<name value="赵明远"/>', 'name:name', '赵明远'],
    ['<name><given>明远</given><family>赵</family></name>', 'name:name', '赵明远'],
    ['<code code="1"><displayName value="男"/></code>', 'code:display', '男'],
    ['<code code="1" displayName="男"/>', 'code:display', '男'],
    ['<code code="1"><originalText>男</originalText></code>', 'code:display', '男'],
    ['<code><item code="1"/></code>', 'code:code', '1'],
    ['<code code=""/>', 'code:code', null],
    ['<t><any value="1"/></t>', 't:time', '1'],
    ['<t value="1"/>', 't:time', '1'],
    ['<t><low value="1"/><high value="2"/></t>', 't:time', '1'],
    ['<t><low value="1"/><high value="2"/></t>', 't:high', '2'],
    ['<t/>', 't:time', null],
    ['<x value="a"/>', 'x:value', 'a'],
    ['<x>a</x>', 'x:value', 'a'],
    ['<x xsi:nil="true">a</x>', 'x:value', null],
    ['<telecom><item use="EMA" value="a@b"/><item value="tel:138"/></telecom>', 'telecom:phone', '138'],
    ['<telecom value="mailto:a@b"/><telecom value="138"/>', 'telecom:phone', '138'],
    [
      '<addr><item><part type="STA" value="广东"/><part type="SAL" value="路1号"/><part type="ZIP" value="5"/></item></addr>',
      'addr:address',
      '广东路1号',
    ],
    ['<addr>广东路1号</addr>', 'addr:address', '广东路1号'],
    [
      '<addr><state>广东</state><postalCode>5</postalCode><street>路1号</street></addr>',
      'addr:address',
      '广东路1号',
    ],
  ])('%s %s', (text, path, expected) => {
    expect(value(text, path)).toBe(expected);
  });
});

test('settings are checked', () => {
  const takes = (read: object) => Compile(format.settings!).Check(read);
  expect(
    takes({
      actions: { MES0084: 'OrderInfoAdd' },
      typeCode: 'child',
      keys: { '1.2.3': 'patient' },
      declaration: true,
    }),
  ).toBe(true);
  for (const read of [{ typeCode: 'other' }, { keys: { '1.2': 'person' } }, { more: 1 }])
    expect(takes(read)).toBe(false);
});
