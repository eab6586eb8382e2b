/** Object identifiers of WS/T 846 and of its older edition, by what they number. */
export const oids = {
  message: '2.16.156.10011.2.5.1.1',
  interaction: '2.16.156.10011.2.5.1.2',
  device: '2.16.156.10011.2.5.1.3',
  patient: '2.16.156.10011.2.5.1.4',
  nationalId: '2.16.156.10011.1.3',
} as const;

export type KeyKind = 'patient' | 'visit' | 'order' | 'specimen' | 'report';

/** What a number of that root is searched by. National ids and card numbers are none: an index holds no personal data. */
export const keyOids: Readonly<Record<string, KeyKind>> = {
  '2.16.156.10011.2.5.1.4': 'patient',
  '2.16.156.10011.0.2.2': 'patient',
  '2.16.156.10011.1.10': 'visit',
  '2.16.156.10011.1.11': 'visit',
  '2.16.156.10011.1.12': 'visit',
  '2.16.156.10011.2.5.1.9': 'visit',
  '2.16.156.10011.1.24': 'order',
  '2.16.156.10011.1.28': 'order',
  '2.16.156.10011.1.14': 'specimen',
  '2.16.156.10011.1.33': 'report',
  '2.16.156.10011.2.5.1.24': 'report',
};
