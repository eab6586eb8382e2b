import { isBad, type Scope } from '../engine/format.ts';
import type { XmlMessage } from '../xml/element.ts';
import { xmlSource } from '../xml/source.ts';
import { hipReadings } from './readings.ts';

export const hipSource = xmlSource(hipReadings);

interface Need {
  readonly actions: RegExp;
  /** One of them has to have a value. */
  readonly paths: readonly string[];
  readonly reason: string;
}

const subject = 'controlActProcess/subject/*';
const order = `${subject}/component2/*/id:id`;

/** What a message cannot be handled without; that it is missing is told at once, before anything waits for it. */
const needs: readonly Need[] = [
  { actions: /./, paths: ['id:id'], reason: '缺少消息流水号 · the message id is missing' },
  {
    actions: /^(PatientInfo(Register|Update|Merge)|EncounterCardInfo(Add|Update))$/,
    paths: [
      `${subject}/subject1/patient/id:id`,
      `${subject}/subject1/patient/patientPerson/id:id(2.16.156.10011.1.3)`,
    ],
    reason: '缺少患者标识 · the patient has no identifier',
  },
  {
    actions: /^PatientInfoMerge$/,
    paths: [`${subject}/replacementOf/priorRegistration/subject1/priorRegisteredRole/id:id`],
    reason: '缺少被合并的患者标识 · the merge names no prior patient',
  },
  {
    actions: /^(OrganizationInfo|ProviderInfo)(Register|Update)$/,
    paths: [`${subject}/subject1/*/id:id`],
    reason: '缺少标识 · what is registered has no identifier',
  },
  {
    actions: /^Terminology(Register|Update)$/,
    paths: [`${subject}/subject1/valueSet/id:id`],
    reason: '缺少值集标识 · the value set has no identifier',
  },
  {
    actions: /^(OutPatient|InPatient|Transfer|Discharge)Info(Add|Update)$/,
    paths: [`${subject}/subject/patient/id:id`],
    reason: '缺少患者标识 · the patient has no identifier',
  },
  {
    actions: /^(Order|ExamApp|PathologyApp|BloodTransApp)Info(Add|Update)$/,
    paths: [`${subject}/componentOf1/encounter/subject/patient/id:id`],
    reason: '缺少患者标识 · the patient has no identifier',
  },
  {
    actions: /^(Order|ExamApp|PathologyApp|BloodTransApp)Info(Add|Update)$/,
    paths: [`${subject}/id:id`, order],
    reason: '缺少申请单号或医嘱号 · neither application nor order has a number',
  },
  {
    actions: /^(Order|ExamApp|PathologyApp)Info(Add|Update)$/,
    paths: [`${subject}/component2/*/code:code`],
    reason: '缺少项目编码 · no service is coded',
  },
  {
    actions: /^OrderFillerStatusInfoUpdate$/,
    paths: [order],
    reason: '缺少医嘱号 · the order has no number',
  },
  {
    actions: /^ExamStatusInfoUpdate$/,
    paths: [`${subject}/id:id`, `${subject}/specimen/specimen/id:id`],
    reason: '缺少申请单号或标本号 · neither application nor specimen has a number',
  },
  {
    actions: /^DocumentRegister$/,
    paths: [`${subject}/id:id`],
    reason: '缺少文档标识 · the document has no identifier',
  },
  {
    actions: /^DocumentRegister$/,
    paths: [`${subject}/storageCode/originalText:value`],
    reason: '缺少文档内容 · the document has no contents',
  },
];

interface Compiled {
  readonly need: Need;
  readonly missing: (scope: Scope) => boolean;
}
const compiled: readonly Compiled[] = needs.map((need) => {
  const readers = need.paths.flatMap((path) => {
    const found = hipSource.value(path);
    return isBad(found) ? [] : [found.get];
  });
  return { need, missing: (scope) => readers.every((get) => !get(scope)) };
});

/** The first thing that is missing; undefined where the message may be handled. */
export function missingIn(message: XmlMessage, action: string): { path: string; reason: string } | undefined {
  const scope = hipSource.open(message);
  const found = compiled.find(({ need, missing }) => need.actions.test(action) && missing(scope));
  return found && { path: found.need.paths[0]!, reason: found.need.reason };
}
