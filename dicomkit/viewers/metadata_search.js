// Search: which lines hold a text, or match a regular expression.

const PATTERN_MS = 1000; // as long as a regular expression may take
const FIELDS = ["anything", "tag", "keyword", "VR", "value", "path", "private creator", "module"];

const SEARCHED = {
  tag: (row) => [row[TAG], row[TAG].replace(/[(),]/g, "")],
  keyword: (row) => [row[NAME]],
  VR: (row) => [row[VR]],
  value: (row) => [row[VALUE]],
  path: (row) => [row[PATH], row[EXPRESSION]],
  "private creator": (row) => [row[CREATOR]],
  module: (row) => [row[MODULE]],
  anything: (row) => [row[TAG], row[NAME], row[VR], row[VALUE], row[CREATOR], row[PATH]],
};

/** Return what each line says in one field, in lower case; made once, since a search asks every line at each key. */
function haystacks(lines, field) {
  lines.texts ??= {};
  lines.texts[field] ??= lines.map(({ cells }) => cells.flatMap((row) => (row === null ? [] : SEARCHED[field](row))).join("\n").toLowerCase());
  return lines.texts[field];
}

/** Return the places of the texts that contain a word. */
function placesOf(texts, word) {
  const places = [];
  for (let place = 0; place < texts.length; place += 1) if (texts[place].includes(word)) places.push(place);
  return places;
}

// m: ^ and $ are the ends of a value, each of which stands on its own line.
const PATTERN_FLAGS = "imu";
const PATTERN_WORKER = `let texts = [];
onmessage = ({ data }) => {
  texts = data.texts ?? texts;
  const pattern = new RegExp(data.pattern, "${PATTERN_FLAGS}");
  const found = [];
  texts.forEach((text, place) => { if (pattern.test(text)) found.push(place); });
  postMessage(found);
};`;

/** Regular expressions run beside the page: a few letters can keep one busy for years, and a worker can be ended. */
class PatternSearch {
  /** Return which lines match: their places. Rejects with a sentence if the pattern is wrong or takes too long. */
  find(pattern, lines, field) {
    try {
      new RegExp(pattern, PATTERN_FLAGS); // eslint-disable-line no-new -- only to learn what is wrong with it
    } catch (error) {
      const reason = String(error.message).split(": ").pop();
      return Promise.reject(new Error(`not a regular expression yet: ${reason.toLowerCase()}`));
    }
    if (this.isBusy) this.stop();
    if (this.worker === undefined) this.start();
    const texts = this.lines === lines && this.field === field ? undefined : haystacks(lines, field);
    Object.assign(this, { lines, field, isBusy: true });
    return new Promise((resolve, reject) => {
      this.timer = setTimeout(() => {
        this.stop();
        reject(new Error("this regular expression takes too long: it was stopped. Repeat nothing that repeats already"));
      }, PATTERN_MS);
      this.worker.onmessage = ({ data }) => { clearTimeout(this.timer); this.isBusy = false; resolve(data); };
      this.worker.postMessage({ pattern, texts });
    });
  }

  start() {
    const address = URL.createObjectURL(new Blob([PATTERN_WORKER], { type: "text/javascript" }));
    this.worker = new Worker(address);
    URL.revokeObjectURL(address);
  }

  stop() {
    clearTimeout(this.timer);
    this.worker?.terminate();
    Object.assign(this, { worker: undefined, lines: undefined, isBusy: false });
  }
}
