import type { Block, Paper } from './blocks.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const style = `:root{color-scheme:light}*{box-sizing:border-box}body{margin:0 auto;max-width:960px;padding:40px 32px 80px;font:14px/1.6 -apple-system,"Segoe UI","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#14232b;background:#fff}h1{font-size:26px;margin:0 0 4px}p.sub{color:#5f727d;margin:0 0 24px}h2{font-size:18px;margin:36px 0 10px;padding-bottom:6px;border-bottom:2px solid #0b6678;color:#0b6678}h3{font-size:15px;margin:24px 0 8px}p{margin:8px 0}ul{margin:8px 0;padding-left:22px}.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;margin:8px 0 16px;font-size:13px}th{background:#eef2f4;text-align:left;font-weight:600}td{white-space:pre-line}th,td{border:1px solid #c3ced4;padding:5px 9px;vertical-align:top;overflow-wrap:anywhere}td.m{font-family:"DejaVu Sans Mono",Consolas,"Noto Sans Mono CJK SC",monospace;font-size:12px}figure{margin:8px 0 16px}figcaption{color:#5f727d;font-size:12px;margin-bottom:4px}pre{margin:0;padding:12px 14px;background:#f3f6f7;border:1px solid #e2e8eb;border-radius:6px;font:12px/1.5 "DejaVu Sans Mono",Consolas,"Noto Sans Mono CJK SC",monospace;white-space:pre-wrap;overflow-wrap:anywhere}nav{columns:2;margin:0 0 8px;font-size:13px}nav a{color:#0b6678;text-decoration:none;display:block}@media(max-width:600px){body{padding:20px 14px}nav{columns:1}}@media print{body{max-width:none;padding:0}h2{break-after:avoid}tr,pre{break-inside:avoid}}`;

/** One page that stands alone: no script, nothing from elsewhere. */
export function renderHtml({ title, subtitle, language, blocks }: Paper): string {
  const heads = blocks.flatMap((b, i) =>
    b.kind === 'heading' && b.level === 2 ? [{ id: `s${i}`, text: b.text }] : [],
  );
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p class="sub">${escaped(subtitle)}</p>
<nav>${heads.map((h) => `<a href="#${h.id}">${escaped(h.text)}</a>`).join('')}</nav>
${blocks.map((block, i) => one(block, i)).join('\n')}
</body>
</html>
`;
}

function one(block: Block, i: number): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level} id="s${i}">${escaped(block.text)}</h${block.level}>`;
    case 'text':
      return `<p>${escaped(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escaped(item)}</li>`).join('')}</ul>`;
    case 'code':
      return `<figure><figcaption>${escaped(block.caption)}</figcaption><pre>${escaped(block.text)}</pre></figure>`;
    case 'table': {
      const widths = block.widths
        ? `<colgroup>${block.widths.map((w) => `<col style="width:${w}%">`).join('')}</colgroup>`
        : '';
      const head = `<tr>${block.head.map((h) => `<th>${escaped(h)}</th>`).join('')}</tr>`;
      const rows = block.rows.map(
        (row) =>
          `<tr>${row.map((cell, c) => `<td${block.mono?.includes(c) ? ' class="m"' : ''}>${escaped(cell)}</td>`).join('')}</tr>`,
      );
      return `<div class="wide"><table>${widths}<thead>${head}</thead><tbody>${rows.join('')}</tbody></table></div>`;
    }
  }
}
