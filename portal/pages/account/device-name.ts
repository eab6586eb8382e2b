import { msg } from '../../state/language.ts';

const browsers: readonly (readonly [RegExp, string])[] = [
  [/MicroMessenger/, 'WeChat'],
  [/Edg\//, 'Edge'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/Windows/, 'Windows'],
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
];

/** What a User-Agent says to people: `Chrome · Windows`; programs by their own name. */
export function deviceName(agent: string): string {
  const of = (list: readonly (readonly [RegExp, string])[]) => list.find(([sign]) => sign.test(agent))?.[1];
  const parts = [of(browsers), of(systems)].filter((p) => p !== undefined);
  return parts.join(' · ') || agent.split(/[ /]/)[0] || msg('未知设备', 'Unknown device');
}
