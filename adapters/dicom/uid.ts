/** Identifiers of DICOM PS3.6 Annex A that the adapter itself acts on. */
export const applicationContext = '1.2.840.10008.3.1.1.1';
export const verification = '1.2.840.10008.1.1';
export const modalityWorklist = '1.2.840.10008.5.1.4.31';

export const implicitLittle = '1.2.840.10008.1.2';
export const explicitLittle = '1.2.840.10008.1.2.1';
export const deflatedLittle = '1.2.840.10008.1.2.1.99';
export const explicitBig = '1.2.840.10008.1.2.2';

/** Ours: PS3.8 Annex D.3.3.2, made from a UUID (PS3.5 Annex B.2). */
export const implementationClass = '2.25.316251533449362869291753367477706576320';
export const implementationVersion = 'CYTOMESH';

/** Standard storage classes stand under this root (PS3.4 Annex B.5). */
const storageRoot = '1.2.840.10008.5.1.4.1.1.';
export const isStorage = (sopClass: string): boolean => sopClass.startsWith(storageRoot);

const encapsulatedRoot = '1.2.840.10008.1.2.4.';
/** Pixel data that is only named by an address (JPIP) would not be in the file we keep. */
const referenced = new Set(['94', '95', '204', '205']);
const runLength = '1.2.840.10008.1.2.5';

/** Transfer syntaxes that are kept as they come: none of them is ever decoded. */
export function isStorable(syntax: string): boolean {
  if (syntax.startsWith(encapsulatedRoot)) return !referenced.has(syntax.slice(encapsulatedRoot.length));
  return (
    syntax === explicitLittle ||
    syntax === implicitLittle ||
    syntax === runLength ||
    syntax === explicitBig ||
    syntax === deflatedLittle
  );
}

/** Syntaxes in which data sets without pixels (queries and their answers) are exchanged. */
export const isPlain = (syntax: string): boolean => syntax === explicitLittle || syntax === implicitLittle;

/** PS3.5 §9.1; leading zeros of a component are let pass, as devices write them. */
export const isUid = (text: string): boolean =>
  text.length > 0 && text.length <= 64 && /^\d+(\.\d+)*$/.test(text);
