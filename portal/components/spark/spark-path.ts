/** Path of a line through `values` in a box of the size given; the highest value touches the top, zero the bottom. */
export function sparkPath(
  values: readonly number[],
  width: number,
  height: number,
): { line: string; area: string } {
  if (values.length < 2) return { line: '', area: '' };
  const top = Math.max(1, ...values);
  const x = (i: number) => ((i / (values.length - 1)) * width).toFixed(1);
  const y = (v: number) => (height - 1 - (v / top) * (height - 3)).toFixed(1);
  const line = values.map((v, i) => `${i === 0 ? 'M' : 'L'}${x(i)} ${y(v)}`).join('');
  return { line, area: `${line}L${width} ${height}L0 ${height}Z` };
}
