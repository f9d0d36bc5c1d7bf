// MD5 (RFC 1321), SHA-224 and SHA-256 (RFC 6234) and HMAC (RFC 2104). WebCrypto lacks the first
// two, and takes ten times as long for a hundred thousand short texts: each waits for a thread.

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Int32Array.from({ length: 64 }, (_, i) => Math.abs(Math.sin(i + 1)) * 2 ** 32);
// Of each of the four rounds: which word of the block comes next.
const STEPS = [1, 5, 3, 7];
const OFFSETS = [0, 1, 5, 0];
const PLACES = Int32Array.from(SINES, (_, i) => (STEPS[i >> 4] * i + OFFSETS[i >> 4]) % 16);

/** Return the MD5 of bytes, as bytes. */
export function md5(message) {
  const padded = new Uint8Array((((message.length + 8) >> 6) + 1) << 6);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, message.length << 3, true);
  view.setUint32(padded.length - 4, Math.floor(message.length / 2 ** 29), true);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  for (let block = 0; block < padded.length; block += 64) {
    let [a, b, c, d] = state;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const word = view.getInt32(block + PLACES[i] * 4, true);
      const sum = (a + mixThree(round, b, c, d) + SINES[i] + word) | 0;
      const shift = SHIFTS[round * 4 + (i % 4)];
      a = d;
      d = c;
      c = b;
      b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
  }
  const digest = new DataView(new ArrayBuffer(16));
  for (const [i, value] of state.entries()) digest.setInt32(i * 4, value, true);
  return new Uint8Array(digest.buffer);
}

/** Return three words of MD5 mixed as in one of its four rounds. */
function mixThree(round, b, c, d) {
  if (round === 0) return (b & c) | (~b & d);
  if (round === 1) return (d & b) | (~d & c);
  return round === 2 ? b ^ c ^ d : c ^ (b | ~d);
}

const FRACTIONS = Int32Array.from(listPrimes(64), (prime) => (Math.cbrt(prime) % 1) * 2 ** 32);
const WORDS = new Int32Array(64);
const STARTS = {
  sha224: [
    0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4,
  ],
  sha256: [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ],
};

/** Return the SHA-224 of bytes, as bytes. */
export function sha224(message) {
  return writeWords(finish(Int32Array.from(STARTS.sha224), message, 0), 7);
}

/** Return the SHA-256 of bytes, as bytes. */
export function sha256(message) {
  return writeWords(finish(Int32Array.from(STARTS.sha256), message, 0), 8);
}

/** Return a function that makes the HMAC-SHA256 of bytes, as bytes, with one key. */
export function prepareHmac(key) {
  const block = padKey(sha256, key);
  const begin = (mask) => {
    readWords(
      block.map((byte) => byte ^ mask),
      0,
    );
    return mix(Int32Array.from(STARTS.sha256));
  };
  const [inner, outer] = [begin(0x36), begin(0x5c)];
  const state = new Int32Array(8);
  return (message) => {
    state.set(inner);
    finish(state, message, 64);
    // The outer text is a block of the key and these 32 bytes: they need not be written first.
    WORDS.set(state);
    WORDS[8] = 0x80000000;
    WORDS.fill(0, 9, 15);
    WORDS[15] = 96 << 3;
    state.set(outer);
    return writeWords(mix(state), 8);
  };
}

/** Return the HMAC of bytes with a hash of blocks of 64 bytes, as bytes. */
export function hmac(hash, key, message) {
  const block = padKey(hash, key);
  const inner = hash(
    join(
      block.map((byte) => byte ^ 0x36),
      message,
    ),
  );
  return hash(
    join(
      block.map((byte) => byte ^ 0x5c),
      inner,
    ),
  );
}

function join(first, second) {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}

function padKey(hash, key) {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? hash(key) : key);
  return block;
}

// The end of a message, with its padding: one block or two.
const END = new Uint8Array(128);

/** Mix a message, whose first `done` bytes are in the state already, and its padding into it. */
function finish(state, message, done) {
  const { length } = message;
  const whole = length - (length % 64);
  for (let block = 0; block < whole; block += 64) {
    readWords(message, block);
    mix(state);
  }
  END.fill(0);
  for (let at = whole; at < length; at++) END[at - whole] = message[at];
  END[length - whole] = 0x80;
  const isLong = length - whole > 55;
  readWords(END, 0);
  if (isLong) {
    mix(state);
    readWords(END, 64);
  }
  WORDS[14] = Math.floor((done + length) / 2 ** 29);
  WORDS[15] = (done + length) << 3;
  return mix(state);
}

/** Read a block of 64 bytes as what is mixed next. */
function readWords(bytes, block) {
  for (let i = 0, at = block; i < 16; i++, at += 4) {
    WORDS[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
}

/** Return the first words of a state as bytes. */
function writeWords(state, count) {
  const bytes = new Uint8Array(count * 4);
  for (let i = 0, at = 0; i < count; i++) {
    const word = state[i];
    bytes[at++] = word >>> 24;
    bytes[at++] = word >>> 16;
    bytes[at++] = word >>> 8;
    bytes[at++] = word;
  }
  return bytes;
}

/** Mix the block that was read last into the state, and return the state. */
function mix(state) {
  for (let i = 16; i < 64; i++) {
    const low = WORDS[i - 15];
    const high = WORDS[i - 2];
    const first = turn(low, 7) ^ turn(low, 18) ^ (low >>> 3);
    const second = turn(high, 17) ^ turn(high, 19) ^ (high >>> 10);
    WORDS[i] = (WORDS[i - 16] + first + WORDS[i - 7] + second) | 0;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let i = 0; i < 64; i++) {
    const sum = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const one = (h + sum + ((e & f) ^ (~e & g)) + FRACTIONS[i] + WORDS[i]) | 0;
    const other = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + other) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
  return state;
}

const turn = (word, by) => (word >>> by) | (word << (32 - by));

function listPrimes(count) {
  const primes = [];
  for (let number = 2; primes.length < count; number++) {
    if (primes.every((prime) => number % prime)) primes.push(number);
  }
  return primes;
}
