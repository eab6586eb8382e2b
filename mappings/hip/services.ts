/**
 * The services of the national platform standard (WS/T 846-2024 parts 2 to 11; the 2020 test plan has the same): action of
 * `HIPMessageServer`, number in the older list, and the messages it carries. One message serves up to six actions, so the action
 * decides and the root element is held against it.
 */
export interface HipService {
  readonly action: string;
  /** `S0001` of the 2017 list. */
  readonly number: string;
  /** Root elements without their version; the first is that of the standard. */
  readonly roots: readonly string[];
  readonly query: boolean;
}

const registration = 'PRPA_IN201311';
const update = 'PRPA_IN201314';
const encounter = ['PRPA_IN400001', 'PRPA_IN400002', 'PRPA_IN900300'] as const;
const request = ['POOR_IN200901', 'POOR_IN200902', 'QUMT_IN020030'] as const;

type Row = readonly [number: number, action: string, ...roots: string[]];

/** Add, Update and Query, numbered one after the other. */
const three = (from: number, group: string, [add, change, query]: readonly string[]): Row[] => [
  [from, `${group}Add`, add!],
  [from + 1, `${group}Update`, change!],
  [from + 2, `${group}Query`, query!],
];
const registered = (from: number, group: string, [add, change, query]: readonly string[]): Row[] => [
  [from, `${group}Register`, add!],
  [from + 1, `${group}Update`, change!],
  [from + 2, `${group}Query`, query!],
];

const rows: readonly Row[] = [
  [1, 'PatientInfoRegister', registration],
  [2, 'PatientInfoUpdate', update],
  [3, 'PatientInfoMerge', 'PRPA_IN201304'],
  [4, 'PatientInfoQuery', 'PRPA_IN201305'],
  ...registered(5, 'OrganizationInfo', ['PRPM_IN401030', 'PRPM_IN403010', 'PRPM_IN406010']),
  ...registered(8, 'ProviderInfo', ['PRPM_IN301010', 'PRPM_IN303010', 'PRPM_IN306010']),
  ...registered(11, 'Terminology', ['PRVS_IN000001', 'PRVS_IN000002', 'PRVS_IN000003']),
  [14, 'DocumentRegister', 'RCMR_IN000002', 'ProvideAndRegisterDocumentSetRequest'],
  [15, 'DocumentAccess', 'RCMR_IN000031', 'RetrieveDocumentSetRequest'],
  [16, 'DocumentRetrieve', 'RCMR_IN000029', 'GetDocumentStroedInfoRequest', 'GetDocumentStoredInfoRequest'],
  ...three(17, 'EncounterCardInfo', [registration, update, 'PRPA_IN201305']),
  ...three(20, 'SourceAndScheduleInfo', ['PRSC_IN030101', 'PRSC_IN030102', 'PRSC_IN100000']),
  ...three(23, 'OutPatientInfo', encounter),
  ...three(26, 'InPatientInfo', encounter),
  ...three(29, 'TransferInfo', ['PRPA_IN302011', 'PRPA_IN302012', 'PRPA_IN900300']),
  [32, 'DischargeInfoAdd', 'PRPA_IN400001', 'PRPA_IN400003'],
  [33, 'DischargeInfoUpdate', 'PRPA_IN400002'],
  [34, 'DischargeInfoQuery', 'PRPA_IN900300'],
  ...three(35, 'OrderInfo', request),
  ...three(38, 'ExamAppInfo', request),
  ...three(41, 'CheckAppInfo', request),
  ...three(44, 'PathologyAppInfo', request),
  ...three(47, 'BloodTransAppInfo', request),
  ...three(50, 'OperationAppInfo', request),
  ...three(53, 'OutPatientAppointStatusInfo', ['PRPA_IN410001', 'PRPA_IN410002', 'PRPA_IN900300']),
  ...three(56, 'CheckAppointStatusInfo', ['PRSC_IN010101', 'PRSC_IN010201', 'QUMT_IN020030']),
  [59, 'OrderFillerStatusInfoUpdate', 'POOR_IN200901', 'POOR_IN200902'],
  [60, 'OrderFillerStatusInfoQuery', 'QUMT_IN020030'],
  [61, 'CheckStatusInfoUpdate', 'POOR_IN200902', 'POOR_IN200901'],
  [62, 'CheckStatusInfoQuery', 'QUMT_IN020030'],
  [63, 'ExamStatusInfoUpdate', 'POLB_IN224000'],
  [64, 'ExamStatusInfoQuery', 'QUMT_IN020030'],
  ...three(77, 'OperationScheduleInfo', ['PRSC_IN010101', 'PRSC_IN010201', 'QUMT_IN020030']),
  [80, 'OperationStatusInfoUpdate', 'POOR_IN200902', 'POOR_IN200901'],
  [81, 'OperationStatusInfoQuery', 'QUMT_IN020030'],
];

export const services: readonly HipService[] = rows.map(([number, action, ...roots]) => ({
  action,
  number: `S${String(number).padStart(4, '0')}`,
  roots,
  query: /Query$|^Document(Access|Retrieve)$/.test(action),
}));

/** Root elements without their version: `PRPA_IN201311UV02` and `PRPA_IN201311UV01` are one message. */
export const plainRoot = (root: string): string => root.replace(/^([A-Z]{4}_IN\d{6})(UV\d{0,2}|PL)?$/, '$1');

/** The acknowledgement, and the answers to queries. */
export const acknowledgementRoot = 'MCCI_IN000002';
export const answerRoots: Readonly<Record<string, string>> = {
  PatientInfoQuery: 'PRPA_IN201306UV02',
  DocumentRetrieve: 'RCMR_IN000030UV01',
  DocumentAccess: 'RCMR_IN000032UV01',
};
