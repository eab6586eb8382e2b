import { expect, test } from '@jest/globals';
import { html, markdown } from '../../deploy/views/render.ts';
import { versions } from '../../deploy/views/versions.ts';
import { columnsOf, viewName } from '../../deploy/views/view.ts';
import { readLock, viewColumns } from './seal.ts';

test('[INT-03] a view that was given to others only gains columns at its end', () => {
  const now = viewColumns();
  const changed = Object.entries(readLock().views ?? {}).filter(
    ([name, columns]) => !`${now[name]} `.startsWith(`${columns} `),
  );
  expect(changed.map(([name]) => name)).toEqual([]);
});

test('[INT-03] the description names every view and column, its mark among them, in both languages', () => {
  const texts = [html(versions), markdown(versions)];
  for (const set of versions)
    for (const view of set.views) {
      const columns = columnsOf(view);
      expect(view.mark.filter((m) => !columns.some((c) => c.name === m))).toEqual([]);
      for (const { name, title } of columns)
        for (const text of texts)
          expect([viewName(set, view), name, text.includes(title.zh) && text.includes(title.en)]).toEqual([
            viewName(set, view),
            name,
            true,
          ]);
    }
});

test('[INT-03] what a description says cannot become markup', () => {
  const evil = { zh: '<b>&"', en: '|<script>' };
  const [set] = versions;
  const views = [{ ...set!.views[0]!, title: evil, meaning: evil }];
  const text = html([{ ...set!, views }]);
  expect(text).toContain('&lt;b&gt;&amp;&quot;');
  expect(text).not.toContain('<script>');
});
