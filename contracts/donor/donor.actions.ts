import { Type } from 'typebox';
import { defineAction, readActions } from '../kernel/action.ts';
import { receiveAction } from '../kernel/receive.ts';
import { t } from '../kernel/text.ts';
import { patientSchema } from '../message/canonical.parts.ts';
import { donorRecord } from './donor.record.ts';

export const donorActions = {
  /** `q` finds by donor number, by any identifier number, by whole name and by whole national id number. */
  ...readActions(donorRecord),
  /** Personal data unmasked, for a stated purpose; each use is audited. */
  reveal: defineAction({
    name: 'donor.reveal',
    title: t('查看完整信息', 'Reveal personal data'),
    permission: 'donor.reveal',
    params: Type.Object({
      id: Type.String({ minLength: 1, maxLength: 36, description: '编号 · Id' }),
      reason: Type.String({ minLength: 1, maxLength: 500, description: '用途 · Purpose' }),
    }),
    result: donorRecord.schema,
    repeat: 'natural',
    rest: { method: 'POST', path: '/donors/{id}/actions/reveal' },
    faults: ['kernel.record.missing'],
  }),
  /** Takes PatientRegistered, PatientMerged and the patient of every order message; gives `donorId` in the context. */
  receive: receiveAction('donor'),
  /** What a neighbour may know of donors, e.g. to name the patient in a message; merged ones are followed. */
  patients: defineAction({
    name: 'donor.patients',
    title: t('供者身份', 'Identities of donors'),
    permission: 'mesh',
    params: Type.Object({ ids: Type.Array(Type.String({ maxLength: 36 }), { maxItems: 500 }) }),
    result: Type.Object({
      patients: Type.Array(
        Type.Object({
          donorId: Type.String(),
          status: Type.String(),
          number: Type.String(),
          patient: patientSchema,
        }),
      ),
    }),
    repeat: 'read',
  }),
};
