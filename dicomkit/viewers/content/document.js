// The document of an instance: its description, and a button that saves it as a file.

import { button, counted, make, saveFile } from "../frame/frame.js";

const PIECE_BYTES = 2 * 1024 * 1024;

/** @param {import("../frame/frame.js").Ask} ask @param {number} number
 *  @param {{name: string, mime_type: string, size: number, covered: boolean}} head @param {(text: string) => void} tell */
export function documentBar(ask, number, head, tell) {
  const what = `${head.mime_type || "a document of no stated type"}, ${counted(head.size, "byte")}`;
  const save = button(`Save as ${head.name}`, { class: "dk-save", disabled: head.covered }, async () => {
    const pieces = [];
    for (let piece = 0; piece * PIECE_BYTES < head.size; piece += 1) {
      const answer = await ask({ ask: "document", number, piece });
      if (answer.problem) {
        tell(`✗ ${answer.problem}`);
        return;
      }
      pieces.push(answer.buffers[0]);
    }
    saveFile(head.name, "application/octet-stream", pieces); // never opened here: a document may contain a script
    tell(`saved as ${head.name}, ${counted(head.size, "byte")}`);
  });
  return make("div", { class: "dk-document" }, make("span", { text: head.covered ? `${what}; covered` : what }), save);
}
