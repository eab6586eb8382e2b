import { html, svg } from 'lit';

/** The mark: cells of a mesh. */
export const mark = (
  size: number,
) => html`<svg width=${size} height=${size} viewBox="0 0 32 32" aria-hidden="true">
  ${svg`<rect width="32" height="32" rx="8" fill="var(--cm-mark, #0b6678)"></rect>
  <path d="M16 10.500 10 21h12z" fill="none" stroke="#fff" stroke-width="1.700" opacity=".85"></path>
  <g fill="#fff"><circle cx="16" cy="10" r="3.700"></circle><circle cx="9.800" cy="21" r="3.700"></circle><circle cx="22.200" cy="21" r="3.700"></circle></g>`}
</svg>`;

/** The quiet picture of the sign-in: a mesh of cells. */
export function mesh() {
  const points: [number, number, number][] = [
    [80, 90, 26],
    [230, 60, 16],
    [360, 140, 34],
    [160, 220, 40],
    [300, 290, 22],
    [60, 350, 18],
    [200, 400, 30],
    [370, 430, 26],
    [90, 520, 34],
    [280, 550, 18],
    [400, 620, 38],
    [170, 660, 22],
    [50, 730, 26],
    [300, 760, 30],
  ];
  const near = (a: number, b: number) =>
    Math.hypot(points[a]![0] - points[b]![0], points[a]![1] - points[b]![1]) < 200;
  const lines = points.flatMap((p, i) =>
    points
      .slice(i + 1)
      .flatMap((q, j) =>
        near(i, i + 1 + j) ? [svg`<path d="M${p[0]} ${p[1]}L${q[0]} ${q[1]}"></path>`] : [],
      ),
  );
  return html`<svg class="mesh" viewBox="0 0 440 820" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
    ${svg`<g stroke="#fff" stroke-opacity=".14" fill="none">${lines}</g>
    ${points.map(([x, y, r]) => svg`<circle cx=${x} cy=${y} r=${r} fill="#fff" fill-opacity=".05" stroke="#fff" stroke-opacity=".28"></circle><circle cx=${x + r * 0.15} cy=${y - r * 0.1} r=${r * 0.38} fill="#fff" fill-opacity=".22"></circle>`)}`}
  </svg>`;
}
