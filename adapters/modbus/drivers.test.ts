import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { plan } from './blocks.ts';
import { drivers, pointsOf, readDriver } from './drivers.ts';

/** Units of UCUM that measured values of a laboratory have, with prefixes; `{note}` may follow. */
const ucum =
  /^(1|%|\[ppm\]|Cel|Pa|hPa|kPa|mbar|k?V|m?A|k?W|k?V\.A|k?W\.h|k?V\.A\.h|Hz|s|min|h|lx|um|ug\/m3|L|mL\/min|m\/s)?(\{[a-z]+\})?$/;

/** Read from one program, which its makers run on such devices. */
const inUse = new Set(['apc-smart-ups', 'honeywell-midas-oxygen']);

describe('[DEV-04] [DEV-05] descriptions of devices', () => {
  const all = [...drivers().values()];

  test('there are at least ten, each with the source of its register map', () => {
    expect(all.length).toBeGreaterThanOrEqual(10);
    for (const d of all) {
      expect([d.driver, d.sources.length > 0]).toEqual([d.driver, true]);
      const manual = d.sources.some(({ kind }) => kind === 'manual');
      const seenTwice = new Set(d.sources.map(({ by }) => by)).size > 1 || d.sources.length > 1;
      // A map no manual was read for is believed where independent programs agree, or a project that many run says it.
      expect([d.driver, manual || seenTwice || inUse.has(d.driver)]).toEqual([d.driver, true]);
    }
  });

  test.each(all.map((d) => [d.driver, d] as const))(
    '%s: titles, units, one meaning for each point',
    (_, d) => {
      for (const p of d.points) {
        expect([p.point, p.title?.zh !== undefined && p.title.en !== '']).toEqual([p.point, true]);
        expect([p.point, p.unit !== undefined && p.unit !== '' && ucum.test(p.unit)]).toEqual([
          p.point,
          true,
        ]);
        if (p.alarm)
          expect([p.point, p.mask !== undefined || p.table === 'discrete']).toEqual([p.point, true]);
        if (p.min !== undefined && p.max !== undefined) expect(p.min).toBeLessThan(p.max);
      }
      expect(plan(d.points, d.limits).length).toBeLessThanOrEqual(8);
    },
  );

  test('the template for a new device offers every one of them', () => {
    const path = new URL('../../mappings/iot-devices/iot-modbus.template.yaml', import.meta.url);
    const { fields } = parse(readFileSync(path, 'utf8')) as {
      fields: { name: string; choices?: { value: string }[] }[];
    };
    const offered = fields.find(({ name }) => name === 'driver')!.choices!.map(({ value }) => value);
    expect(offered.sort()).toEqual([...drivers().keys()]);
  });

  test('what does not hold is refused with its place', () => {
    const text = (points: string, driver = 'x') =>
      `driver: ${driver}\ntitle: { zh: a, en: a }\nvendor: v\nmodels: [m]\nsources: [{ kind: manual, title: t, by: b }]\npoints: ${points}\n`;
    const problem = (yaml: string): string => {
      try {
        readDriver('x.yaml', yaml);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(problem(text('[{ point: a, table: input, address: 1 }]'))).toBe('');
    expect(problem(text('[{ point: a, table: input, address: 1 }]', 'y'))).toContain('as the file is named');
    expect(problem(text('[{ point: a, table: input, address: 70000 }]'))).toContain('/points/0/address');
    expect(problem(text('[{ point: a, table: input, address: 1, typo: 1 }]'))).toContain('/points/0');
    expect(problem(text('[{ point: a, table: coil, address: 1, type: u16 }]'))).toContain(
      'coil cannot be u16',
    );
    expect(problem(text('[{ point: a, table: input, address: 65535, type: u32 }]'))).toContain('beyond');
    expect(problem(text('[{ point: a, table: input, address: 1, type: ascii }]'))).toContain('length');
    expect(problem(text('[{ point: a, table: input, address: 1, type: f32, mask: 1 }]'))).toContain('mask');
    const twice = '[{ point: a, table: input, address: 1 }, { point: a, table: input, address: 2 }]';
    expect(problem(text(twice))).toContain('twice');
  });

  test('a device takes the points of its driver, and its own in their place', () => {
    const { points } = pointsOf({
      device: 'INC-1',
      driver: 'xy-md02',
      points: [{ point: 'humidity', table: 'input', address: 9 }],
    });
    expect(points.map(({ point, address }) => [point, address])).toEqual([
      ['temperature', 1],
      ['humidity', 9],
    ]);
    expect(() => pointsOf({ device: 'X', driver: 'nothing' })).toThrow('xy-md02');
    expect(() => pointsOf({ device: 'X' })).toThrow('needs a driver or points');
  });
});
