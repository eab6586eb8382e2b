import { Type } from 'typebox';
import { defineAction, readActions } from '../kernel/action.ts';
import { receiveAction } from '../kernel/receive.ts';
import { t } from '../kernel/text.ts';
import { patientSchema } from '../message/canonical.ts';
import { donorRecord } from './donor.record.ts';

export const donorActions = {
  /** `q` finds by donor number, by any identifier number, by whole name and by whole national id number. */
  ...readActions(donorRecord),
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
