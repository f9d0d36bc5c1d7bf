// HMAC-MD5 (RFC 1321, RFC 2104), which WebCrypto does not have. It names a mistake and protects
// nothing.

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));

/** Return the MD5 of bytes, as bytes. */
export function md5(message) {
  const padded = new Uint8Array((((message.length + 8) >> 6) + 1) << 6);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, message.length << 3, true);
  view.setUint32(padded.length - 4, Math.floor(message.length / 2 ** 29), true);
  let state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let block = 0; block < padded.length; block += 64) {
    let [a, b, c, d] = state;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round];
      const word = [i, 5 * i + 1, 3 * i + 5, 7 * i][round] % 16;
      const sum = (a + mixed + SINES[i] + view.getUint32(block + word * 4, true)) | 0;
      const shift = SHIFTS[round * 4 + (i % 4)];
      [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
    }
    state = [a, b, c, d].map((value, i) => (state[i] + value) | 0);
  }
  const digest = new DataView(new ArrayBuffer(16));
  for (const [i, value] of state.entries()) digest.setInt32(i * 4, value, true);
  return new Uint8Array(digest.buffer);
}

/** Return the HMAC-MD5 of bytes, as bytes. */
export function hmacMd5(key, message) {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? md5(key) : key);
  const inner = md5(Uint8Array.of(...block.map((byte) => byte ^ 0x36), ...message));
  return md5(Uint8Array.of(...block.map((byte) => byte ^ 0x5c), ...inner));
}
