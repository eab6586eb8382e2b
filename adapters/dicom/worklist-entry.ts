import { createHash } from 'node:crypto';
import type { NewElement } from './dataset-write.ts';
import { tag } from './syntax.ts';
import type { WorklistSettings } from './worklist-settings.ts';

/** An order that waits, as the reader of orders gives it. */
export interface WorklistItem {
  readonly accession: string;
  readonly placerNumber?: string | null;
  readonly patientId?: string | null;
  readonly patientName?: string | null;
  readonly sex?: string | null;
  readonly birthDate?: string | null;
  readonly code?: string | null;
  readonly name?: string | null;
  readonly scheduledAt?: string | null;
  readonly department?: string | null;
}

/** The item in DICOM's terms. */
export interface Entry {
  /** Values by tag, of the item itself and of its scheduled procedure step (PS3.4 table K.6-1). */
  readonly root: ReadonlyMap<number, NewElement>;
  readonly step: ReadonlyMap<number, NewElement>;
  /** `YYYYMMDDHHMMSS` of the scheduled start; empty where there is none. */
  readonly start: string;
}

/** Undefined where the installation lists other services only. */
export function entryOf(item: WorklistItem, settings: WorklistSettings, calling: string): Entry | undefined {
  const known = settings.procedures?.find(({ code }) => code === item.code);
  if (settings.procedures !== undefined && known === undefined) return undefined;
  const start = momentOf(item.scheduledAt ?? '', settings.zone ?? '+08:00');
  const codes = codeItems(item, settings);
  const text = (one: number, vr: string, value: string | null | undefined, longest = 1024): NewElement => ({
    tag: one,
    vr,
    value: plain(value ?? '').slice(0, longest),
  });
  const list = (elements: readonly NewElement[]) =>
    new Map(elements.map((element) => [element.tag, element]));
  return {
    start,
    root: list([
      text(tag.accession, 'SH', item.accession),
      text(tag.patientName, 'PN', (item.patientName ?? '').replaceAll('=', ' ')),
      text(tag.patientId, 'LO', item.patientId),
      text(
        tag.birthDate,
        'DA',
        /^\d{4}-\d\d-\d\d$/.test(item.birthDate ?? '') ? item.birthDate?.replaceAll('-', '') : '',
      ),
      text(tag.sex, 'CS', /^[MFO]$/.test(item.sex ?? '') ? item.sex : ''),
      text(tag.study, 'UI', studyOf(item.accession)),
      text(tag.procedureId, 'SH', item.accession),
      text(tag.procedureName, 'LO', item.name, 64),
      { tag: tag.procedureCodes, vr: 'SQ', value: codes },
      text(tag.requestingService, 'LO', item.department, 64),
      text(tag.placerNumber, 'LO', item.placerNumber),
      text(tag.fillerNumber, 'LO', item.accession),
    ]),
    step: list([
      text(tag.modality, 'CS', known?.modality ?? settings.modality ?? 'OT'),
      text(tag.stationAe, 'AE', known?.station ?? settings.station ?? calling),
      text(tag.startDate, 'DA', start.slice(0, 8)),
      text(tag.startTime, 'TM', start.slice(8)),
      text(tag.stepName, 'LO', item.name, 64),
      { tag: tag.stepCodes, vr: 'SQ', value: codes },
      text(tag.stepId, 'SH', item.accession),
      text(tag.stepLocation, 'SH', item.department, 16),
    ]),
  };
}

function codeItems(item: WorklistItem, settings: WorklistSettings): NewElement[][] {
  if (!item.code) return [];
  return [
    [
      { tag: tag.codeValue, vr: 'SH', value: plain(item.code) },
      { tag: tag.codeScheme, vr: 'SH', value: settings.codeScheme ?? '99LAB' },
      { tag: tag.codeMeaning, vr: 'LO', value: plain(item.name ?? item.code).slice(0, 64) },
    ],
  ];
}

/** `\` parts values, and control characters have no place in them. */
const plain = (text: string): string => text.replace(/[\x00-\x1f\x7f\\]+/g, ' ').trim();

/** The same study for the same order, whoever asks and however often: a UID from a UUID (PS3.5 Annex B.2). */
function studyOf(accession: string): string {
  const bytes = createHash('sha256').update(`cytomesh study ${accession}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`;
}

/** ISO 8601 with offset → `YYYYMMDDHHMMSS` in the zone. */
function momentOf(iso: string, zone: string): string {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return '';
  const minutes = (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))) * (zone.startsWith('-') ? -1 : 1);
  return new Date(ms + minutes * 60_000).toISOString().slice(0, 19).replace(/[-T:]/g, '');
}
