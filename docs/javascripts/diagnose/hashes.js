// MD5 (RFC 1321), SHA-224 and SHA-256 (RFC 6234) and HMAC (RFC 2104). WebCrypto lacks the first
// two, and takes ten times as long for a hundred thousand short texts: each waits for a thread.

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
  return finish(Int32Array.from(STARTS.sha224), message, 0).slice(0, 28);
}

/** Return the SHA-256 of bytes, as bytes. */
export function sha256(message) {
  return finish(Int32Array.from(STARTS.sha256), message, 0);
}

/** Return a function that makes the HMAC-SHA256 of bytes, as bytes, with one key. */
export function prepareHmac(key) {
  const block = padKey(sha256, key);
  const inner = mix(Int32Array.from(STARTS.sha256), viewOf(block.map((byte) => byte ^ 0x36)), 0);
  const outer = mix(Int32Array.from(STARTS.sha256), viewOf(block.map((byte) => byte ^ 0x5c)), 0);
  return (message) => finish(outer.slice(), finish(inner.slice(), message, 64), 64);
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

/** Return the digest of a message whose first `done` bytes, whole blocks, are in the state. */
function finish(state, message, done) {
  const padded = new Uint8Array((((message.length + 8) >> 6) + 1) << 6);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = viewOf(padded);
  view.setUint32(padded.length - 8, Math.floor((done + message.length) / 2 ** 29));
  view.setUint32(padded.length - 4, (done + message.length) << 3);
  for (let block = 0; block < padded.length; block += 64) mix(state, view, block);
  const digest = new DataView(new ArrayBuffer(32));
  for (let i = 0; i < 8; i++) digest.setInt32(i * 4, state[i]);
  return new Uint8Array(digest.buffer);
}

/** Mix a block of 64 bytes into the state, and return the state. */
function mix(state, view, block) {
  for (let i = 0; i < 16; i++) WORDS[i] = view.getInt32(block + i * 4);
  for (let i = 16; i < 64; i++) {
    const low = WORDS[i - 15];
    const high = WORDS[i - 2];
    const first = turn(low, 7) ^ turn(low, 18) ^ (low >>> 3);
    const second = turn(high, 17) ^ turn(high, 19) ^ (high >>> 10);
    WORDS[i] = WORDS[i - 16] + first + WORDS[i - 7] + second;
  }
  let [a, b, c, d, e, f, g, h] = state;
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

const viewOf = (bytes) => new DataView(bytes.buffer);

function listPrimes(count) {
  const primes = [];
  for (let number = 2; primes.length < count; number++) {
    if (primes.every((prime) => number % prime)) primes.push(number);
  }
  return primes;
}
