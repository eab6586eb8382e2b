import { type CharsetSettings, TextReader } from './charset.ts';
import type { Dataset, Element } from './dataset.ts';
import { isSpoken, tag } from './syntax.ts';

/** What the frame says of an image; the pixels are in the file named by `digest`. Absent is what the data set leaves empty. */
export type Header = Readonly<Record<string, unknown>>;

/** Elements that the header reads; tags in ascending order, so the last is where reading may stop. */
const wanted = new Set<number>(Object.values(tag).filter((one) => one !== tag.pixels));
export const headerTags = {
  keep: (one: number): boolean => wanted.has(one),
  last: tag.fillerNumber,
};

const LONGEST = 1024;
const MOST = 100;

/** Values of elements as text, in the data set's charset. */
export class Values {
  readonly reader: TextReader;
  private readonly dataset: Dataset;

  constructor(dataset: Dataset, settings: CharsetSettings) {
    this.dataset = dataset;
    const terms = dataset.get(tag.charset)?.bytes.toString('latin1') ?? '';
    this.reader = new TextReader(
      terms
        .split('\\')
        .slice(0, 20)
        .map((term) => term.replace(/\0/g, '').trim()),
      settings,
    );
  }

  /** The first value, trimmed; undefined where it is empty. */
  text(one: number, within: Dataset = this.dataset): string | undefined {
    const found = within.get(one);
    const [first = ''] = found === undefined ? [] : this.whole(found).split('\\');
    const trimmed = first.trim();
    return trimmed === '' ? undefined : trimmed.slice(0, LONGEST);
  }

  /** All values of an element as one text. */
  whole(element: Element): string {
    const bytes = element.bytes.length > 65_536 ? element.bytes.subarray(0, 65_536) : element.bytes;
    const text = isSpoken(element.vr) ? this.reader.text(bytes) : bytes.toString('latin1');
    return text.replace(/\0+$/g, '');
  }

  number(one: number): number | undefined {
    const value = Number(this.text(one) ?? Number.NaN);
    return Number.isSafeInteger(value) ? value : undefined;
  }

  items(one: number): readonly Dataset[] {
    return this.dataset.get(one)?.items?.slice(0, MOST) ?? [];
  }

  /** `20260301` and `083015.250` as `20260301083015`; undefined without a date. */
  instant(date: number, time: number): string | undefined {
    const day = this.text(date)?.replaceAll('.', '');
    if (day === undefined || !/^\d{8}$/.test(day)) return undefined;
    const clock = /^\d{2}(\d{2}(\d{2})?)?/.exec((this.text(time) ?? '').replaceAll(':', ''))?.[0] ?? '';
    return day + (clock === '' ? '' : clock.padEnd(6, '0'));
  }
}

/** Groups of a person name (PS3.5 §6.2.1): alphabetic, ideographic, phonetic. */
export function nameGroups(text: string | undefined): Record<string, string> {
  const [name = '', nameIdeographic = '', namePhonetic = ''] = (text ?? '')
    .split('=')
    .map((group) => group.trim().replace(/\^+$/, ''));
  return filled({ name, nameIdeographic, namePhonetic });
}

/** The metadata of a stored instance (PS3.3: patient, study, series, equipment, specimen and request modules). */
export function headerOf(values: Values): Header {
  const text = (one: number): string | undefined => values.text(one);
  const specimens = [...values.items(tag.specimens), ...values.items(tag.specimenLegacy)].flatMap(
    (item) => values.text(tag.specimenId, item) ?? [],
  );
  const requests = values.items(tag.requests).map((item) =>
    filled({
      accession: values.text(tag.accession, item),
      procedure: values.text(tag.procedureId, item),
      step: values.text(tag.stepId, item),
    }),
  );
  return filled({
    study: text(tag.study),
    series: text(tag.series),
    accession: text(tag.accession),
    studyId: text(tag.studyId),
    placerNumber: text(tag.placerNumber),
    fillerNumber: text(tag.fillerNumber),
    procedure: text(tag.procedureId),
    requests: requests.filter((one) => Object.keys(one).length > 0),
    patient: filled({
      id: text(tag.patientId),
      issuer: text(tag.patientIssuer),
      ...nameGroups(text(tag.patientName)),
      birthDate: text(tag.birthDate),
      sex: text(tag.sex),
    }),
    modality: text(tag.modality),
    manufacturer: text(tag.manufacturer),
    model: text(tag.model),
    serial: text(tag.serial),
    station: text(tag.station),
    institution: text(tag.institution),
    department: text(tag.department),
    studyDescription: text(tag.studyDescription),
    seriesDescription: text(tag.seriesDescription),
    protocol: text(tag.protocol),
    zone: text(tag.zone),
    studyAt: values.instant(tag.studyDate, tag.studyTime),
    seriesAt: values.instant(tag.seriesDate, tag.seriesTime),
    acquiredAt:
      text(tag.acquisitionTimestamp)?.slice(0, 14) ??
      values.instant(tag.acquisitionDate, tag.acquisitionTime),
    contentAt: values.instant(tag.contentDate, tag.contentTime),
    seriesNumber: values.number(tag.seriesNumber),
    instanceNumber: values.number(tag.instanceNumber),
    frames: values.number(tag.frames),
    container: text(tag.container),
    specimens: [...new Set(specimens)],
  });
}

/** Without what is empty. */
function filled<T extends object>(from: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(from).filter(
    ([, value]) =>
      value !== undefined &&
      value !== '' &&
      !(typeof value === 'object' && value !== null && Object.keys(value).length === 0),
  );
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
