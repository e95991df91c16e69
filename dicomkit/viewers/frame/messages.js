// The questions of all front ends, and Python's answers. Types only: a browser never loads this module.

/**
 * @typedef {`${string} ${string}`} Sentence what is wrong and what to do: never empty
 *
 * @typedef {ProgressQuestions & AnatomyQuestions & MetadataQuestions & ImageQuestions & AssociationQuestions & InboxQuestions
 *   & ContentQuestions & PlanesQuestions & WallQuestions
 *   & {reveal: [{}, {revealed: true}]}} Questions of all viewers, by `ask`: the other keys of the question, and those of the answer
 */

/**
 * @template {keyof Questions} Name
 * @typedef {{ask: Name} & Questions[Name][0]} Question
 */

/**
 * An answer with its buffers; or a problem, and the part of the answer that is available nevertheless.
 * @template {keyof Questions} Name
 * @typedef {(Questions[Name][1] & {problem?: "", buffers: DataView[]})
 *   | (Partial<Questions[Name][1]> & {problem: Sentence, buffers: DataView[]})} Answer
 */

/**
 * Reading with a bar (frame/progress.py).
 * @typedef {{done: number, total: number, elapsed_s: number}} Progress
 * @typedef {{progress: [{}, Progress], cancel: [{}, Progress]}} ProgressQuestions
 */

/**
 * Files as bytes (anatomy/edited_file.py).
 * @typedef {[path: string, depth: number, label: string, vr: string, name: string, length: number, preview: string,
 *   start: number, end: number]} TreeRow an element, or another part of a file; its bytes end before `end`
 * @typedef {{reader: string, accepts: boolean, says: string}} Reader
 * @typedef {{title: string, size: number, pieceBytes: number, rows: TreeRow[], problem_here: string, unread: number | null,
 *   changed: number[], covered: number, readers: Reader[]}} FileContent its buffers are spans, roles and covered ranges
 * @typedef {{
 *   sides: [{}, {count: number, roles: [name: string, meaning: string][]}],
 *   file: [{side: number}, FileContent],
 *   edit: [{side: number, offset: number, value: number}, FileContent],
 *   undo: [{side: number}, FileContent],
 *   piece: [{side: number, piece: number}, {}],
 * }} AnatomyQuestions
 */

/**
 * Attributes (metadata/rows.py, study_map.py, duplicates.py, uploads.py).
 * @typedef {[path: string, depth: number, kind: string, tag: string, name: string, vr: string, vm: number, length: number | null,
 *   value: string, creator: string, isSecret: boolean, isCovered: boolean, expression: string, module: string, type: string,
 *   flaw: string, condition: string, aligned: string]} ElementRow an element, or one that is missing
 * @typedef {[path: string, tag: string, name: string, vr: string, values: string[], places: number[], key: string]} Attribute
 *   its different values, the place of each instance's own among them or -1, and what it is aligned by
 * @typedef {{attributes: Attribute[], unread: number[]}} Chunk of a series
 * @typedef {{n: number, name: string, outcome: "read" | "repaired" | "rejected", reason: string, bytes: number, label: string,
 *   masked: boolean, tile: string[]}} Entry
 * @typedef {{label: string, instances: number[], chunks: number[][]}} Series the numbers of its entries, all and in chunks
 * @typedef {{entries: Entry[], studies: {label: string, series: Series[]}[], counts: Record<Entry["outcome"], number>,
 *   duplicates: {entries: number[], says: string}[], masked: number, tiles: string[]}} Overview
 * @typedef {{file: number, of: number, name: string, size: number, start: number}} PieceOfFile its bytes are in a buffer
 * @typedef {{
 *   overview: [{}, Overview],
 *   instance: [{n: number}, {rows: ElementRow[]}],
 *   attributes: [{of: number[]}, Chunk],
 *   upload: [{pieces: PieceOfFile[]}, {done: boolean, first?: number}],
 *   "cancel upload": [{}, {cancelled: true}],
 * }} MetadataQuestions
 */

/**
 * Images (image/messages.py). The first part of a frame has the recipe for displaying it.
 * @typedef {import("../image/frames.js").Picture} Picture
 * @typedef {{
 *   pictures: [{}, {pictures: Picture[], series: {name: string, first: number, last: number}[], left_out: string}],
 *   frame: [{picture: number, part: number}, {parts?: number, recipe?: Partial<Picture>, tags?: string[][]}],
 * }} ImageQuestions
 */

/**
 * Associations (association/rungs.py).
 * @typedef {{from_caller: boolean, name: string, kind: string, detail: string, says: string, size_bytes: number,
 *   fields: [name: string, value: string][], meaning: string, rule: string, after_ms: number, run: number,
 *   hop: number}} Rung
 * @typedef {{number: number, abstract_syntax: string, transfer_syntaxes: string[], outcome: string, says: string, rule: string,
 *   used: number}} Context
 * @typedef {{number: number, calling: string, called: string, outcome: string, rungs: Rung[], contexts: Context[],
 *   third: string, protocol: string}} Ladder
 * @typedef {{
 *   count: [{}, {count: number}],
 *   ladders: [{}, {count: number, ladders: [number: number, calling: string, called: string, outcome: string][]}],
 *   ladder: [{number: number}, {ladder: Ladder | null}],
 * }} AssociationQuestions
 */

/**
 * The received studies (inbox/viewer.py, arrived_pictures.py).
 * @typedef {{number: number, label: string, count: string, series: string, pictures: number[], more: number, state: string,
 *   revision: number, left_s: number}} Study
 * @typedef {{title: string, studies: Study[]}} Sender
 * @typedef {{what: string, who: string, reason: string}} Mishap a kind of error: how often, from whom, and the reason of the last one
 * @typedef {{version: string, title: string, host: string, port: number | null, is_running: boolean, open: number, period_s: number,
 *   clock_runs: boolean, totals: [instances: number, studies: number], earlier: number, trouble: string, mishaps: Mishap[], senders: Sender[]}} Inbox
 * @typedef {{rows: number, columns: number, samples: number, why?: undefined}} SmallPicture
 * @typedef {{
 *   inbox: [{}, Inbox],
 *   news: [{version: string}, Inbox | {version: string, senders?: undefined}],
 *   picture: [{study: number, number: number}, SmallPicture | {why: string}],
 * }} InboxQuestions
 */

/**
 * The wall of a room (wall/viewer.py). `picture` is a number that changes with each new file.
 * @typedef {{title: string, state: string, count: number, refused: number, why: string, picture: number}} WallCard
 * @typedef {{version: string, title: string, where: string, state: string, here: number, sent: number, instances: string,
 *   cards: WallCard[], turned_away: string[], more_turned_away: number, progress: ClassProgress}} Wall
 * @typedef {{exercises: string[], passed: number[], rows: {title: string, states: string[]}[], met: string[]}} ClassProgress of those who share it;
 *   \`states\` of a row, one for each exercise, are passed, tried or empty
 * @typedef {{
 *   wall: [{}, Wall],
 *   changes: [{version: string}, Wall | {version: string, cards?: undefined}],
 *   "last picture": [{title: string, picture: number}, SmallPicture | {why: string}],
 * }} WallQuestions
 */

/**
 * Instances without pixels (content/viewer.py, messages.py).
 * @typedef {[depth: number, place: string, role: string, name: string, value: string, isSecret: boolean, isCovered: boolean]} ContentLine
 * @typedef {{number: number, label: string, frequency_hz: number, samples: number, step: number, problem: string,
 *   channels: {name: string, unit: string, details: string}[]}} CurveGroup a multiplex group; `step` samples a pair of values, or 1
 * @typedef {{kind: string, title: string, sentence: string, head: number, lines: ContentLine[], groups: CurveGroup[], hidden: boolean,
 *   document: {name: string, mime_type: string, size: number, covered: boolean} | null}} Content
 * @typedef {{
 *   contents: [{}, {contents: string[], unread: number}],
 *   content: [{number: number}, Content],
 *   curves: [{number: number, group: number}, {}],
 *   document: [{number: number, piece: number}, {}],
 * }} ContentQuestions
 */

/**
 * A volume in three planes (planes/viewer.py).
 * @typedef {{sizes: number[], spacing: number[], affine: number[][], type: string, lowest: number, highest: number, unit: string,
 *   function: string, first: number[], presets: any[], letters: Record<string, Record<string, string>>, remarks: string[], parts: number}} VolumeTold
 * @typedef {{volume: [{}, VolumeTold], voxels: [{part: number}, {}]}} PlanesQuestions
 */
