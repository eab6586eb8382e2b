import { splitName } from './names.ts';

const types: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.txt': 'text/plain',
  '.hl7': 'x-application/hl7-v2+er7',
  '.xml': 'application/xml',
  '.json': 'application/json',
  '.pdf': 'application/pdf',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

export const mediaTypeOf = (name: string): string =>
  types[splitName(name).extension.toLowerCase()] ?? 'application/octet-stream';

/** The extension for a media type: `text/csv; charset=GBK` → `.csv`. */
export function extensionOf(mediaType: string): string {
  const [type = ''] = mediaType.toLowerCase().split(';');
  if (type.trim() === 'text/xml') return '.xml';
  return Object.keys(types).find((extension) => types[extension] === type.trim()) ?? '.txt';
}
