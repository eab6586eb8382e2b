import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { Fault } from '../../contracts/kernel/fault.ts';
import { type Driver, driverSchema, type Limits, type Point } from './point-schema.ts';
import { isBits, typeOf, widthOf } from './values.ts';

const folder = join(import.meta.dirname, 'drivers');
const check = Compile(driverSchema);
let known: ReadonlyMap<string, Driver> | undefined;

/** The descriptions that are shipped, by name. Throws `channel.text.invalid` where a file does not hold. */
export function drivers(): ReadonlyMap<string, Driver> {
  known ??= new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .map((name) => {
        const driver = readDriver(name, readFileSync(join(folder, name), 'utf8'));
        return [driver.driver, driver];
      }),
  );
  return known;
}

export function readDriver(file: string, text: string): Driver {
  const read: unknown = parse(text);
  if (!check.Check(read)) {
    const [first] = check.Errors(read);
    throw invalid(`driver ${file}: ${first?.instancePath ?? ''} ${first?.message ?? 'is not valid'}`);
  }
  const problem =
    `${read.driver}.yaml` === file ? problemOf(read.points) : `"driver" must be as the file is named`;
  if (problem) throw invalid(`driver ${file}: ${problem}`);
  return read;
}

/** Points and limits of a device: those of its driver, then its own, which take the place of those of the same name. */
export function pointsOf(device: {
  readonly device: string;
  readonly driver?: string;
  readonly points?: readonly Point[];
}): { readonly points: readonly Point[]; readonly limits: Limits } {
  const { driver: name, points: own = [] } = device;
  const driver = name === undefined ? undefined : drivers().get(name);
  if (name !== undefined && !driver)
    throw invalid(
      `listen.devices: ${device.device} names no driver "${name}"; there are ${[...drivers().keys()].join(', ')}`,
    );
  const names = new Set(own.map(({ point }) => point));
  const points = [...(driver?.points ?? []).filter(({ point }) => !names.has(point)), ...own];
  const problem = points.length === 0 ? 'needs a driver or points' : problemOf(points);
  if (problem) throw invalid(`listen.devices: ${device.device} ${problem}`);
  return { points, limits: driver?.limits ?? {} };
}

/** What the schema cannot say of points; undefined where they hold. */
function problemOf(points: readonly Point[]): string | undefined {
  const seen = new Set<string>();
  for (const p of points) {
    if (seen.has(p.point)) return `has the point "${p.point}" twice`;
    seen.add(p.point);
    const type = typeOf(p);
    if (isBits(p) !== (type === 'bit')) return `point "${p.point}": ${p.table} cannot be ${type}`;
    if ((type === 'ascii') !== (p.length !== undefined))
      return `point "${p.point}": "length" goes with ascii, and only with it`;
    if (p.address + widthOf(p) > 65536) return `point "${p.point}" goes beyond the last address`;
    if (p.mask !== undefined && !/^[us](16|32)$/.test(type)) return `point "${p.point}": ${type} has no mask`;
  }
  return undefined;
}

const invalid = (problem: string): Fault => new Fault('channel.text.invalid', { problem });
