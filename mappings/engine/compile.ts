import { Compile } from 'typebox/compile';
import { Fault } from '../../contracts/kernel/fault.ts';
import {
  type InMapping,
  type MappingDef,
  mappingSchemas,
  type OutMapping,
} from '../../contracts/mapping/shape.ts';
import { compileIn } from './compile-in.ts';
import { compileOut } from './compile-out.ts';
import type { CompiledMapping, InMappingCompiled, OutMappingCompiled } from './compiled.ts';
import { type Compiling, type DocumentProblem, isDoc, pathText } from './compiling.ts';
import type { Binding, CodeLookup } from './format.ts';
import { schemaProblems } from './schema-problems.ts';

const outer = { in: Compile(mappingSchemas.in), out: Compile(mappingSchemas.out) };

const anyTable: CodeLookup = { find: () => undefined, fallback: () => undefined, has: () => true };

/** What is wrong with a mapping document; empty where it can be published. Without `codes` any table name passes. */
export function validateMapping(
  doc: unknown,
  format: Binding,
  codes: CodeLookup = anyTable,
): DocumentProblem[] {
  return build(doc, codes, format).problems;
}

/**
 * Compiles a mapping once to closures; the result's direction is the definition's. Throws `channel.text.invalid` with
 * the first problem in its text and all of them in its data.
 */
export function compileMapping(def: InMapping, codes: CodeLookup, format: Binding): InMappingCompiled;
export function compileMapping(def: OutMapping, codes: CodeLookup, format: Binding): OutMappingCompiled;
export function compileMapping(def: MappingDef, codes: CodeLookup, format: Binding): CompiledMapping;
export function compileMapping(def: MappingDef, codes: CodeLookup, format: Binding): CompiledMapping {
  const { problems, compiled } = build(def, codes, format);
  const [first] = problems;
  if (first || !compiled) {
    const problem = first ? `${first.path} ${first.reason}` : 'mapping';
    throw new Fault('channel.text.invalid', {
      problem: `${def.mapping}: ${problem}`,
      problems: problems.map(({ path, reason }) => ({ path, reason })),
    });
  }
  return compiled;
}

function build(
  doc: unknown,
  codes: CodeLookup,
  format: Binding,
): { problems: DocumentProblem[]; compiled?: CompiledMapping } {
  const direction = isDoc(doc) && doc.direction === 'out' ? 'out' : 'in';
  const wrong = schemaProblems(outer[direction], doc);
  if (wrong.length > 0) {
    return { problems: wrong.map((problem) => ({ ...problem, path: pathText(problem.at) })) };
  }
  const def = doc as MappingDef;
  const c: Compiling = { problems: [], codes, dates: format.dates, environment: [] };
  const compiled = def.direction === 'in' ? compileIn(def, format, c) : compileOut(def, format, c);
  return c.problems.length > 0 || !compiled ? { problems: c.problems } : { problems: [], compiled };
}
