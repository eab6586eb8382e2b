import {
  AlignmentType,
  Document,
  Footer,
  HeadingLevel,
  Packer,
  PageNumber,
  Paragraph,
  ShadingType,
  Table,
  TableCell,
  TableLayoutType,
  TableRow,
  TextRun,
  WidthType,
} from 'docx';
import type { Block, Paper } from './blocks.ts';

/** A4 portrait with 2 cm margins, in twentieths of a point. */
const textWidth = 9638;
const fonts = { ascii: 'Calibri', hAnsi: 'Calibri', eastAsia: 'Microsoft YaHei', cs: 'Calibri' };
const mono = { ascii: 'Consolas', hAnsi: 'Consolas', eastAsia: 'Microsoft YaHei', cs: 'Consolas' };
const grey = '5F727D';
const headings = { 1: HeadingLevel.HEADING_1, 2: HeadingLevel.HEADING_2, 3: HeadingLevel.HEADING_3 } as const;

/** The document as a Word file; its contents depend on the paper only. */
export async function renderWord({ title, subtitle, blocks }: Paper): Promise<Buffer> {
  const document = new Document({
    title,
    creator: 'Cytomesh',
    styles: {
      default: {
        document: { run: { font: fonts, size: 21 } },
        heading1: { run: { size: 40, bold: true, color: '14232B' }, paragraph: { spacing: { after: 60 } } },
        heading2: {
          run: { size: 28, bold: true, color: '0B6678' },
          paragraph: { spacing: { before: 360, after: 120 } },
        },
        heading3: { run: { size: 23, bold: true }, paragraph: { spacing: { before: 240, after: 80 } } },
      },
    },
    sections: [
      {
        properties: {
          page: {
            size: { width: 11906, height: 16838 },
            margin: { top: 1134, right: 1134, bottom: 1134, left: 1134 },
          },
        },
        footers: {
          default: new Footer({
            children: [
              new Paragraph({
                alignment: AlignmentType.CENTER,
                children: [
                  new TextRun({
                    color: grey,
                    size: 17,
                    children: [`${title} · `, PageNumber.CURRENT, ' / ', PageNumber.TOTAL_PAGES],
                  }),
                ],
              }),
            ],
          }),
        },
        children: [
          new Paragraph({ heading: HeadingLevel.HEADING_1, children: [new TextRun(title)] }),
          new Paragraph({
            spacing: { after: 240 },
            children: [new TextRun({ text: subtitle, color: grey })],
          }),
          ...blocks.flatMap(one),
        ],
      },
    ],
  });
  return Packer.toBuffer(document);
}

function one(block: Block): (Paragraph | Table)[] {
  switch (block.kind) {
    case 'heading':
      return [
        new Paragraph({
          heading: headings[block.level],
          keepNext: true,
          children: [new TextRun(block.text)],
        }),
      ];
    case 'text':
      return [new Paragraph({ spacing: { after: 100 }, children: [new TextRun(block.text)] })];
    case 'list':
      return block.items.map(
        (item) => new Paragraph({ bullet: { level: 0 }, children: [new TextRun(item)] }),
      );
    case 'code':
      return [
        new Paragraph({
          keepNext: true,
          spacing: { before: 100 },
          children: [new TextRun({ text: block.caption, color: grey, size: 18 })],
        }),
        ...block.text.split('\n').map(
          (line) =>
            new Paragraph({
              shading: { type: ShadingType.CLEAR, fill: 'F3F6F7', color: 'auto' },
              children: [new TextRun({ text: line, font: mono, size: 16 })],
            }),
        ),
        new Paragraph({ children: [] }),
      ];
    case 'table':
      return [tableOf(block), new Paragraph({ spacing: { after: 80 }, children: [] })];
  }
}

function tableOf({ head, rows, mono: fixed, widths }: Extract<Block, { kind: 'table' }>): Table {
  const shares = widths ?? head.map(() => 100 / head.length);
  const columns = shares.map((share) => Math.round((share / 100) * textWidth));
  const cell = (text: string, column: number, isHead: boolean): TableCell =>
    new TableCell({
      width: { size: columns[column] ?? 1000, type: WidthType.DXA },
      margins: { top: 40, bottom: 40, left: 80, right: 80 },
      ...(isHead ? { shading: { type: ShadingType.CLEAR, fill: 'EEF2F4', color: 'auto' } } : {}),
      children: text.split('\n').map(
        (line) =>
          new Paragraph({
            children: [
              new TextRun({
                text: line,
                size: 18,
                bold: isHead,
                ...(fixed?.includes(column) && !isHead ? { font: mono, size: 16 } : {}),
              }),
            ],
          }),
      ),
    });
  return new Table({
    width: { size: textWidth, type: WidthType.DXA },
    columnWidths: columns,
    layout: TableLayoutType.FIXED,
    rows: [
      new TableRow({ tableHeader: true, children: head.map((text, i) => cell(text, i, true)) }),
      ...rows.map(
        (row) => new TableRow({ cantSplit: true, children: row.map((text, i) => cell(text, i, false)) }),
      ),
    ],
  });
}
