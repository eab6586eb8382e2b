/**
 * Design tokens as CSS custom properties. Colours come in a light and a dark set; everything else is the same in both.
 * Contrast of text on its surface is 4.5:1 or better in both sets (WCAG 2.1, 1.4.3).
 */
export const lightTokens = `
  color-scheme: light;
  --cm-bg: #f3f6f7;
  --cm-surface: #ffffff;
  --cm-surface-2: #f8fafb;
  --cm-surface-3: #eef2f4;
  --cm-line: #e2e8eb;
  --cm-line-strong: #c3ced4;
  --cm-text: #14232b;
  --cm-text-2: #455863;
  --cm-text-3: #5f727d;
  --cm-accent: #0b6678;
  --cm-accent-hover: #08515f;
  --cm-accent-soft: #e2f0f2;
  --cm-accent-line: #9fcad2;
  --cm-on-accent: #ffffff;
  --cm-focus: #1b8ca3;
  --cm-neutral: #50616b; --cm-neutral-soft: #edf1f3; --cm-neutral-line: #cdd7dc;
  --cm-info: #1a5aa3; --cm-info-soft: #e8f1fb; --cm-info-line: #b7d2f0;
  --cm-good: #17713f; --cm-good-soft: #e4f5ea; --cm-good-line: #a9dbbd;
  --cm-warn: #855300; --cm-warn-soft: #fdf2db; --cm-warn-line: #edcf8f;
  --cm-bad: #b0241c; --cm-bad-soft: #fdebe9; --cm-bad-line: #f2b8b2;
  --cm-fresh: #fff8dc;
  --cm-scrim: rgb(13 28 36 / 45%);
  --cm-shadow-1: 0 1px 2px rgb(16 40 52 / 6%);
  --cm-shadow-2: 0 2px 6px rgb(16 40 52 / 8%), 0 8px 24px rgb(16 40 52 / 10%);
  --cm-shadow-3: 0 8px 20px rgb(16 40 52 / 14%), 0 24px 64px rgb(16 40 52 / 20%);
  --cm-syntax-key: #0b6678; --cm-syntax-string: #17713f; --cm-syntax-number: #8a3d9e; --cm-syntax-comment: #66757e;`;

export const darkTokens = `
  color-scheme: dark;
  --cm-bg: #0c1418;
  --cm-surface: #131d23;
  --cm-surface-2: #18242b;
  --cm-surface-3: #1f2d35;
  --cm-line: #26353e;
  --cm-line-strong: #3d505b;
  --cm-text: #e4ecf0;
  --cm-text-2: #aebdc6;
  --cm-text-3: #8c9fab;
  --cm-accent: #5cc0d1;
  --cm-accent-hover: #7fd3e1;
  --cm-accent-soft: #12343c;
  --cm-accent-line: #2b6370;
  --cm-on-accent: #05232a;
  --cm-focus: #5cc0d1;
  --cm-neutral: #aebcc5; --cm-neutral-soft: #202d35; --cm-neutral-line: #3a4b56;
  --cm-info: #8fbdf2; --cm-info-soft: #15283d; --cm-info-line: #2c4d73;
  --cm-good: #74cf9c; --cm-good-soft: #112c1e; --cm-good-line: #26583c;
  --cm-warn: #f0c26c; --cm-warn-soft: #33280f; --cm-warn-line: #64501f;
  --cm-bad: #f79d95; --cm-bad-soft: #3b1a18; --cm-bad-line: #74342f;
  --cm-fresh: #2c2a14;
  --cm-scrim: rgb(2 6 9 / 65%);
  --cm-shadow-1: 0 1px 2px rgb(0 0 0 / 40%);
  --cm-shadow-2: 0 2px 6px rgb(0 0 0 / 40%), 0 8px 24px rgb(0 0 0 / 45%);
  --cm-shadow-3: 0 8px 20px rgb(0 0 0 / 50%), 0 24px 64px rgb(0 0 0 / 60%);
  --cm-syntax-key: #5cc0d1; --cm-syntax-string: #8fd6a8; --cm-syntax-number: #d3a4e6; --cm-syntax-comment: #8c9fab;`;

export const sizeTokens = `
  --cm-font: -apple-system, BlinkMacSystemFont, "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei UI",
    "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", system-ui, sans-serif;
  --cm-mono: "SF Mono", "Cascadia Mono", Consolas, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", "Noto Sans CJK SC",
    "Microsoft YaHei", monospace;
  --cm-size-xs: 12px; --cm-size-s: 13px; --cm-size-m: 14px; --cm-size-l: 16px; --cm-size-xl: 20px; --cm-size-xxl: 26px;
  --cm-space-1: 4px; --cm-space-2: 8px; --cm-space-3: 12px; --cm-space-4: 16px; --cm-space-5: 20px; --cm-space-6: 24px;
  --cm-space-8: 32px; --cm-space-12: 48px;
  --cm-radius-s: 6px; --cm-radius-m: 8px; --cm-radius-l: 12px; --cm-radius-pill: 999px;
  --cm-control: 36px;
  --cm-row: 46px;
  --cm-fast: 120ms; --cm-slow: 260ms; --cm-ease: cubic-bezier(0.2, 0.7, 0.2, 1);`;

/** Gloved fingers on a tablet: targets of 44 px and more. */
export const touchTokens = `
  --cm-control: 48px;
  --cm-row: 56px;`;

export const stillTokens = `
  --cm-fast: 0ms; --cm-slow: 0ms;`;
