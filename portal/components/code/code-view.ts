import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import { yaml } from '@codemirror/lang-yaml';
import { defaultHighlightStyle, HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, nextDiagnostic, setDiagnostics } from '@codemirror/lint';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { basicSetup } from 'codemirror';
import type { CodeProblem, Offer, OfferContext } from './code-types.ts';

/** The editor itself; loaded when one is first shown, as it is larger than the rest of the portal's first page. */
export interface CodeView {
  readonly text: string;
  /** Replaces the whole text as one step that can be undone; nothing happens where it is the same. */
  set(text: string): void;
  problems(problems: readonly CodeProblem[]): void;
  nextProblem(): void;
  readOnly(value: boolean): void;
  focus(): void;
  destroy(): void;
}

const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--cm-text)', backgroundColor: 'var(--cm-surface)', fontSize: '12.5px' },
  '.cm-scroller': { fontFamily: 'var(--cm-mono)', lineHeight: '1.65', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--cm-text)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--cm-text)' },
  '.cm-gutters': {
    color: 'var(--cm-text-3)',
    backgroundColor: 'var(--cm-surface-2)',
    borderRight: '1px solid var(--cm-line)',
  },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in srgb, var(--cm-accent) 7%, transparent)',
  },
  '&.cm-focused': { outline: '2px solid var(--cm-focus)', outlineOffset: '-2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--cm-accent) 26%, transparent) !important',
  },
  '.cm-tooltip': {
    color: 'var(--cm-text)',
    backgroundColor: 'var(--cm-surface)',
    border: '1px solid var(--cm-line-strong)',
    borderRadius: '8px',
    boxShadow: 'var(--cm-shadow-2)',
  },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--cm-mono)', maxHeight: '15em' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    color: 'var(--cm-on-accent)',
    background: 'var(--cm-accent)',
  },
  '.cm-completionDetail': { color: 'var(--cm-text-3)', fontStyle: 'normal', fontFamily: 'var(--cm-font)' },
  'li[aria-selected] .cm-completionDetail': { color: 'inherit' },
  '.cm-panels': { color: 'var(--cm-text)', backgroundColor: 'var(--cm-surface-2)' },
  '.cm-foldPlaceholder': { color: 'var(--cm-text-2)', background: 'var(--cm-surface-3)', border: '0' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--cm-bad)' },
  '.cm-matchingBracket': { background: 'var(--cm-accent-soft) !important' },
  '.cm-searchMatch': { background: 'var(--cm-warn-soft)' },
});

/** The editor's own colours by ours, which follow light and dark. */
const ours: Readonly<Record<string, string>> = {
  '#00c': 'var(--cm-syntax-key)',
  '#a11': 'var(--cm-syntax-string)',
  '#e40': 'var(--cm-syntax-string)',
  '#940': 'var(--cm-syntax-comment)',
  '#f00': 'var(--cm-bad)',
};
const colours = HighlightStyle.define(
  defaultHighlightStyle.specs.map((spec) =>
    typeof spec.color === 'string'
      ? { ...spec, color: ours[spec.color] ?? 'var(--cm-syntax-number)' }
      : { ...spec },
  ),
);

export function openCode(options: {
  readonly parent: HTMLElement;
  readonly root: ShadowRoot;
  readonly text: string;
  readonly label: string;
  readonly changed: (text: string) => void;
  readonly offers: (at: OfferContext) => readonly Offer[];
  /** `save`, `publish`: what a key press asks for. */
  readonly asked: (what: 'save' | 'publish') => void;
}): CodeView {
  const ask = (what: 'save' | 'publish') => () => {
    options.asked(what);
    return true;
  };
  let locked = false;
  const view = new EditorView({
    parent: options.parent,
    root: options.root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        Prec.highest(
          keymap.of([
            { key: 'Mod-s', run: ask('save'), preventDefault: true },
            { key: 'Mod-Enter', run: ask('publish'), preventDefault: true },
            { key: 'F8', run: nextDiagnostic },
          ]),
        ),
        basicSetup,
        yaml(),
        indentUnit.of('  '),
        lintGutter(),
        syntaxHighlighting(colours),
        look,
        autocompletion({ override: [(context) => complete(context, options.offers)] }),
        EditorView.contentAttributes.of({ 'aria-label': options.label }),
        EditorState.changeFilter.of(() => !locked),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.changed(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    get text() {
      return view.state.doc.toString();
    },
    set(text) {
      if (view.state.doc.toString() === text) return;
      const was = locked;
      locked = false;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      locked = was;
    },
    problems: (problems) => {
      view.dispatch(
        setDiagnostics(
          view.state,
          problems.map((p) => placed(view.state, p)),
        ),
      );
      // A list of problems below makes the room smaller: the line that is typed stays in sight.
      if (view.hasFocus)
        requestAnimationFrame(() =>
          view.dispatch({ effects: EditorView.scrollIntoView(view.state.selection.main.head) }),
        );
    },
    nextProblem: () => {
      nextDiagnostic(view);
      view.focus();
    },
    readOnly: (value) => {
      locked = value;
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

function placed({ doc }: EditorState, { line, column, message }: CodeProblem): Diagnostic {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const from = Math.min(at.from + Math.max(column - 1, 0), at.to);
  return { from, to: at.to, severity: 'error', message };
}

function complete(
  context: CompletionContext,
  offers: (at: OfferContext) => readonly Offer[],
): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const word = context.matchBefore(/[\w$.()-]*/);
  if (!word || (word.from === word.to && !context.explicit)) return null;
  const above = context.state.doc.sliceString(0, line.from);
  const found = offers({ above, before: line.text.slice(0, word.from - line.from) });
  if (found.length === 0) return null;
  return {
    from: word.from,
    options: found.map(
      ({ label, detail, apply, boost }): Completion => ({
        label,
        ...(detail ? { detail } : {}),
        ...(apply ? { apply } : {}),
        ...(boost ? { boost } : {}),
      }),
    ),
    validFor: /^[\w$.()-]*$/,
  };
}
