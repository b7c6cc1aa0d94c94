/* The window of an order book, kept by the rules of the contract. Pure: it knows neither socket nor page. */

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

/** CRC-32 (IEEE) of an ASCII text. */
export function crc32(text) {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i += 1) crc = table[(crc ^ text.charCodeAt(i)) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Compare two exact decimals of one scale: more digits before the point is more. */
export function compareDecimals(a, b) {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

const bestFirst = {
  bids: (a, b) => compareDecimals(b.price, a.price),
  asks: (a, b) => compareDecimals(a.price, b.price),
};

/** The window of best levels, kept by the rules of the contract. */
export class Book {
  constructor() {
    this.reset();
  }

  /** Forget the levels: the next message must be a snapshot. */
  reset() {
    Object.assign(this, { bids: [], asks: [], sequence: -1 });
  }

  /** Take a message; false means that it does not fit and a fresh snapshot is needed. */
  apply(message) {
    if (message.isSnapshot) {
      if (message.sequence < this.sequence) return true;
      this.bids = message.bids.slice().sort(bestFirst.bids);
      this.asks = message.asks.slice().sort(bestFirst.asks);
    } else {
      if (this.sequence < 0 || message.previousSequence > this.sequence) return false;
      if (message.sequence <= this.sequence) return true;
      this.change("bids", message.bids);
      this.change("asks", message.asks);
    }
    this.sequence = message.sequence;
    return this.checksum() === message.checksum;
  }

  change(side, levels) {
    if (levels.length === 0) return;
    const byPrice = new Map(this[side].map((level) => [level.price, level]));
    for (const level of levels) {
      if (/[1-9]/.test(level.quantity)) byPrice.set(level.price, level);
      else byPrice.delete(level.price);
    }
    this[side] = [...byPrice.values()].sort(bestFirst[side]);
  }

  checksum() {
    const text = (levels) => levels.slice(0, 10).map((level) => `${level.price}:${level.quantity};`).join("");
    return crc32(`b${text(this.bids)}a${text(this.asks)}`);
  }
}

/* ---- groups: what a ladder shows when one row stands for many ticks ---- */

const GROUPS = [1n, 2n, 5n, 10n, 20n, 50n, 100n, 200n, 500n, 1000n, 2000n, 5000n, 10000n];

/** The sizes that a ladder offers, as multiples of the tick. */
export const groupSizes = () => GROUPS;

/** How deep a window a ladder needs: coarse groups eat many levels. */
export function depthFor(multiple) {
  return multiple === 1n ? 50 : multiple <= 10n ? 200 : 1000;
}

/**
 * Levels gathered into groups of `size` price units; a bid counts down to its group, an ask up.
 * All numbers are whole units. `most` groups are made; the last one is left out where the window ends inside it.
 */
export function grouped(levels, side, size, most, whole) {
  const groups = [];
  for (const { price, quantity } of levels) {
    const key = side === "asks" ? ((price + size - 1n) / size) * size : (price / size) * size;
    const newest = groups.at(-1);
    if (newest?.price === key) {
      newest.quantity += quantity;
      newest.value += price * quantity;
    } else {
      if (groups.length === most) return groups;
      groups.push({ price: key, quantity, value: price * quantity });
    }
  }
  if (!whole && groups.length > 1) groups.pop();
  return groups;
}
