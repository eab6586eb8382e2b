/** Tags that the adapter reads or writes, PS3.6; the VR is needed where the transfer syntax leaves it out. */
export const tag = {
  charset: 0x00080005,
  instanceDate: 0x00080012,
  sopClass: 0x00080016,
  sopInstance: 0x00080018,
  studyDate: 0x00080020,
  seriesDate: 0x00080021,
  acquisitionDate: 0x00080022,
  contentDate: 0x00080023,
  acquisitionTimestamp: 0x0008002a,
  studyTime: 0x00080030,
  seriesTime: 0x00080031,
  acquisitionTime: 0x00080032,
  contentTime: 0x00080033,
  accession: 0x00080050,
  modality: 0x00080060,
  manufacturer: 0x00080070,
  institution: 0x00080080,
  referrer: 0x00080090,
  codeValue: 0x00080100,
  codeScheme: 0x00080102,
  codeMeaning: 0x00080104,
  zone: 0x00080201,
  station: 0x00081010,
  studyDescription: 0x00081030,
  seriesDescription: 0x0008103e,
  department: 0x00081040,
  model: 0x00081090,
  patientName: 0x00100010,
  patientId: 0x00100020,
  patientIssuer: 0x00100021,
  birthDate: 0x00100030,
  sex: 0x00100040,
  serial: 0x00181000,
  protocol: 0x00181030,
  study: 0x0020000d,
  series: 0x0020000e,
  studyId: 0x00200010,
  seriesNumber: 0x00200011,
  instanceNumber: 0x00200013,
  frames: 0x00280008,
  requestingService: 0x00321033,
  procedureName: 0x00321060,
  procedureCodes: 0x00321064,
  stationAe: 0x00400001,
  startDate: 0x00400002,
  startTime: 0x00400003,
  stepName: 0x00400007,
  stepCodes: 0x00400008,
  stepId: 0x00400009,
  stepLocation: 0x00400011,
  steps: 0x00400100,
  requests: 0x00400275,
  container: 0x00400512,
  specimenLegacy: 0x00400550,
  specimenId: 0x00400551,
  specimens: 0x00400560,
  procedureId: 0x00401001,
  placerNumber: 0x00402016,
  fillerNumber: 0x00402017,
  pixels: 0x7fe00010,
} as const;

const vrs: Readonly<Record<string, string>> = {
  SQ: '00081110 00081120 0008113f 00081199 00081198 00321064 00400008 00400100 00400275 00400550 00400560 0040100a 00400440 00082218 00102201 00082112 0008114a 00081140',
  UI: '00080016 00080018 0020000d 0020000e 00081150 00081155 00400554',
  CS: '00080005 00080060 00100040 00400020',
  PN: '00100010 00080090 00400006 00321032 00401010',
  DA: '00080012 00080020 00080021 00080022 00080023 00100030 00400002',
  TM: '00080030 00080031 00080032 00080033 00400003',
  AE: '00400001',
  IS: '00280008 00200011 00200013',
};
const byTag = new Map(
  Object.entries(vrs).flatMap(([vr, list]) => list.split(' ').map((hex) => [Number.parseInt(hex, 16), vr])),
);

/** VR of a tag in implicit VR; `LO` serves for every other text, as none of ours is decoded by its VR. */
export const vrOf = (found: number): string => byTag.get(found) ?? 'LO';

/** VRs whose explicit header has four bytes of length (PS3.5 §7.1.2). */
const long = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
export const isLong = (vr: string): boolean => long.has(vr);

/** VRs whose text is in the specific character set (PS3.5 §6.1.2.3). */
const spoken = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT']);
export const isSpoken = (vr: string): boolean => spoken.has(vr);

/** `(0010,0020)` */
export const shown = (found: number): string => {
  const hex = found.toString(16).padStart(8, '0');
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
};
