// A zip file of files that are stored as they are: APPNOTE.TXT 4.3, without compression and without ZIP64.

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
const UTF_8 = 0x0800; // general purpose bit 11: names are in UTF-8
const NEW_YEAR_1980 = 0x0021; // the earliest date that a zip can say: these files tell of no time

/** Return the CRC-32 of some bytes.
 *  @param {Uint8Array} bytes */
export function crc32(bytes) {
  return (bytes.reduce((value, byte) => (value >>> 8) ^ TABLE[(value ^ byte) & 0xff], 0xffffffff) ^ 0xffffffff) >>> 0;
}

/** Return a header: each field is a number and how many bytes it takes, the lowest first.
 *  @param {[value: number, length: number][]} fields */
function header(fields) {
  return Uint8Array.from(fields.flatMap(([value, length]) => Array.from({ length }, (_, place) => (value / 256 ** place) & 0xff)));
}

/** Return a zip of files.
 *  @param {{name: string, bytes: Uint8Array}[]} files
 *  @returns {Blob} */
export function zipOf(files) {
  /** @type {Uint8Array[]} */
  const parts = [];
  /** @type {Uint8Array[]} */
  const directory = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const encoded = new TextEncoder().encode(name);
    /** @type {[number, number][]} */
    const said = [
      [20, 2], [UTF_8, 2], [0, 2], [0, 2], [NEW_YEAR_1980, 2], [crc32(bytes), 4], [bytes.length, 4], [bytes.length, 4],
      [encoded.length, 2], [0, 2],
    ];
    const local = [header([[0x04034b50, 4], ...said]), encoded, bytes];
    parts.push(...local);
    directory.push(header([[0x02014b50, 4], [20, 2], ...said, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]]), encoded);
    offset += local.reduce((total, part) => total + part.length, 0);
  }
  const size = directory.reduce((total, part) => total + part.length, 0);
  const end = header([[0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [size, 4], [offset, 4], [0, 2]]);
  return new Blob(/** @type {BlobPart[]} */ ([...parts, ...directory, end]), { type: "application/zip" });
}
