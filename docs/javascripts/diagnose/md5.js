// MD5 (RFC 1321), SHA-224 (RFC 3874), SHA-256 and HMAC (RFC 2104), which WebCrypto does not have, or
// not at once.
// They name a mistake and protect nothing.

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

const CONSTANTS = listPrimes(64).map((prime) => Math.floor((Math.cbrt(prime) % 1) * 2 ** 32));

/** Return the SHA-224 of bytes, as bytes. */
export function sha224(message) {
  return sha2(
    message,
    28,
    [
      0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7,
      0xbefa4fa4,
    ],
  );
}

/** Return the SHA-256 of bytes, as bytes, at once; WebCrypto answers later. */
export function sha256(message) {
  return sha2(
    message,
    32,
    [
      0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
      0x5be0cd19,
    ],
  );
}

function sha2(message, size, state) {
  const padded = new Uint8Array((((message.length + 8) >> 6) + 1) << 6);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(message.length / 2 ** 29));
  view.setUint32(padded.length - 4, message.length << 3);
  const words = new Int32Array(64);
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(block + i * 4);
    for (let i = 16; i < 64; i++) {
      const [low, high] = [words[i - 15], words[i - 2]];
      const first = turn(low, 7) ^ turn(low, 18) ^ (low >>> 3);
      const second = turn(high, 17) ^ turn(high, 19) ^ (high >>> 10);
      words[i] = words[i - 16] + first + words[i - 7] + second;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const sum = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const one = (h + sum + ((e & f) ^ (~e & g)) + CONSTANTS[i] + words[i]) | 0;
      const other = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + other) | 0];
    }
    for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i] + value) | 0;
  }
  const digest = new DataView(new ArrayBuffer(size));
  for (const [i, value] of state.slice(0, size / 4).entries()) digest.setInt32(i * 4, value);
  return new Uint8Array(digest.buffer);
}

const turn = (word, by) => (word >>> by) | (word << (32 - by));

function listPrimes(count) {
  const primes = [];
  for (let number = 2; primes.length < count; number++) {
    if (primes.every((prime) => number % prime)) primes.push(number);
  }
  return primes;
}

/** Return the HMAC of bytes with a hash of blocks of 64 bytes, as bytes. */
export function hmac(hash, key, message) {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? hash(key) : key);
  const inner = hash(Uint8Array.of(...block.map((byte) => byte ^ 0x36), ...message));
  return hash(Uint8Array.of(...block.map((byte) => byte ^ 0x5c), ...inner));
}
