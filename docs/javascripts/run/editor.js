// The editor of a block: CodeMirror, loaded when a reader chooses Edit.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import {
  bracketMatching,
  HighlightStyle,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The colours of the page's own code.
const colour = (name) => `var(--md-code-hl-${name}-color)`;
const style = HighlightStyle.define([
  { tag: [tags.keyword, tags.controlKeyword, tags.operatorKeyword], color: colour("keyword") },
  { tag: [tags.string, tags.special(tags.string)], color: colour("string") },
  { tag: tags.number, color: colour("number") },
  { tag: tags.comment, color: colour("comment") },
  { tag: [tags.bool, tags.null], color: colour("constant") },
]);
const look = EditorView.theme({
  "&": { color: "var(--md-code-fg-color)", fontSize: "inherit" },
  "&.cm-focused": { outline: "2px solid var(--md-accent-fg-color)" },
  ".cm-scroller": { fontFamily: "var(--md-code-font-family)", lineHeight: "1.4" },
  ".cm-content": { caretColor: "var(--md-code-fg-color)" },
  ".cm-cursor": { borderLeftColor: "var(--md-code-fg-color)" },
});

// What is typed over a selection: left to the browser, it would keep the colours in style
// attributes, which the page's content policy forbids.
const overSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== "insertText" || view.state.selection.main.empty) return false;
    event.preventDefault();
    view.dispatch(view.state.replaceSelection(event.data ?? ""));
    return true;
  },
});

// Puts an editor into an element of the page, and returns how to read and to remove it.
export function edit(host, text, label, run) {
  // A content policy without inline styles lets CodeMirror write its own in a shadow tree only.
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        history(),
        bracketMatching(),
        // What scrolls sideways is out of reach for the keyboard.
        EditorView.lineWrapping,
        python(),
        indentUnit.of("    "),
        syntaxHighlighting(style),
        look,
        overSelection,
        EditorView.contentAttributes.of({ "aria-label": label }),
        keymap.of([
          { key: "Mod-Enter", run: () => run() || true },
          // Tab leaves the editor after Escape, as for any other field.
          indentWithTab,
          ...defaultKeymap,
          ...historyKeymap,
        ]),
      ],
    }),
  });
  view.focus();
  return {
    text: () => view.state.doc.toString(),
    remove: () => view.destroy(),
  };
}
