/* Pays for a first form: looks for a number that makes SHA-256 of "ticket.number" begin with zero bits, so that the wait
   is short. Works in small slices while somebody writes, and makes no markup. Nothing depends on it: without it, or
   unfinished, the form goes as it is and only waits longer. */
'use strict';

(() => {
  const SLICE_MS = 6;
  const REST_MS = 8;
  const HOLD_MS = 6000;
  const LATE_MS = 150;
  const TRIES_BETWEEN_LOOKS = 256;
  const BLOCK = 64;
  /* Putting aside and throwing away give no identity, and somebody may be coming in at the door. */
  const UNPRICED = ['deposit', 'discard'];

  const ticket = document.querySelector('input[name="ticket"][data-wait]');
  const form = ticket?.form;
  const proof = form?.elements.proof;
  if (!proof) return;

  /* SHA-256 (FIPS 180-4). The constants are the first bits of the cube and square roots of the first primes. */
  const primes = [];
  for (let number = 2; primes.length < 64; number += 1) {
    if (primes.every((prime) => number % prime)) primes.push(number);
  }
  const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
  const ROUNDS = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
  const START = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
  const words = new Int32Array(64);
  const turned = (word, by) => (word >>> by) | (word << (32 - by));

  const compress = (state, bytes, at) => {
    for (let i = 0; i < 16; i += 1) {
      const b = at + i * 4;
      words[i] = (bytes[b] << 24) | (bytes[b + 1] << 16) | (bytes[b + 2] << 8) | bytes[b + 3];
    }
    for (let i = 16; i < 64; i += 1) {
      const early = words[i - 15];
      const late = words[i - 2];
      const s0 = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
      const s1 = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
      words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
    }
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    let f = state[5];
    let g = state[6];
    let h = state[7];
    for (let i = 0; i < 64; i += 1) {
      const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
      const one = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i]) | 0;
      const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  };

  /* The whole blocks at the beginning stay the same for every number: they are hashed once. */
  const hasher = (beginning) => {
    const fixed = new TextEncoder().encode(beginning);
    const whole = fixed.length - (fixed.length % BLOCK);
    const ready = Int32Array.from(START);
    for (let at = 0; at < whole; at += BLOCK) compress(ready, fixed, at);
    const rest = fixed.subarray(whole);
    const tail = new Uint8Array(BLOCK * 2);
    const view = new DataView(tail.buffer);
    const state = new Int32Array(8);
    return (digits) => {
      tail.fill(0);
      tail.set(rest);
      let end = rest.length;
      for (let i = 0; i < digits.length; i += 1, end += 1) tail[end] = digits.charCodeAt(i);
      tail[end] = 0x80;
      const size = end + 9 > BLOCK ? BLOCK * 2 : BLOCK;
      view.setUint32(size - 4, (whole + end) * 8);
      state.set(ready);
      for (let at = 0; at < size; at += BLOCK) compress(state, tail, at);
      return state;
    };
  };
  const zeroBits = (state) => Math.clz32(state[0]); // 32 at most, and no price asks for more

  const bits = Number(ticket.dataset.bits);
  const beganAt = performance.now();
  const ripeAt = beganAt + Number(ticket.dataset.wait) * 1000 + LATE_MS;
  const ripeUnprovenAt = beganAt + Number(ticket.dataset.unproven) * 1000 + LATE_MS;
  const isProven = () => bits === 0 || proof.value !== '';

  /* The work: a few milliseconds, then a rest, so that no letter stutters. A page that was emptied stops it. */
  let isAtWork = false;
  const work = () => {
    if (isAtWork || isProven()) return;
    isAtWork = true;
    const hash = hasher(`${ticket.value}.`);
    let number = 0;
    const slice = () => {
      const until = performance.now() + SLICE_MS;
      while (form.isConnected && performance.now() < until) {
        for (let i = 0; i < TRIES_BETWEEN_LOOKS; i += 1, number += 1) {
          if (zeroBits(hash(String(number))) < bits) continue;
          proof.value = String(number);
          return;
        }
      }
      if (form.isConnected) setTimeout(slice, REST_MS);
    };
    slice();
  };
  form.addEventListener('focusin', work);
  form.addEventListener('input', work);
  if (!form.querySelector('textarea, input:not([type="hidden"], [tabindex="-1"])')) work();

  /* A press that would come a moment too early is held for that moment, and says so. Never longer than some seconds. */
  const line = form.querySelector('[data-paying]');
  if (line) {
    /* In its place and open from the beginning: what is put into a region that was there already is read aloud. */
    (form.querySelector('.acts') ?? form.lastElementChild).after(line);
    line.hidden = false;
  }
  const say = () => {
    if (line) line.textContent = line.dataset.paying;
  };
  const momentsLeft = (now, giveUpAt) => {
    if (now >= ripeUnprovenAt || now >= giveUpAt) return 0;
    if (isProven()) return Math.max(0, ripeAt - now);
    return 50;
  };
  let isHeld = false;
  let isLetGo = false;
  form.addEventListener('submit', (event) => {
    if (isLetGo || !form.requestSubmit || UNPRICED.includes(event.submitter?.value)) return;
    const pressedAt = performance.now();
    const giveUpAt = pressedAt + HOLD_MS;
    const left = isHeld ? 1 : momentsLeft(pressedAt, giveUpAt);
    if (left <= 0 || Math.min(ripeAt, ripeUnprovenAt) > giveUpAt) return;
    event.preventDefault();
    event.stopPropagation();
    if (isHeld) return;
    isHeld = true;
    work();
    say();
    const wait = () => {
      const more = momentsLeft(performance.now(), giveUpAt);
      if (more > 0) {
        setTimeout(wait, Math.min(more, 50));
        return;
      }
      isHeld = false;
      isLetGo = true;
      if (form.isConnected) form.requestSubmit(event.submitter);
      isLetGo = false;
      if (line) line.hidden = true;
    };
    wait();
  });
})();
