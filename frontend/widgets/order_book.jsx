/* The order book: a ladder of the best levels, drawn at most once a frame. */
import { useEffect, useRef } from "react";
import { compareDecimals } from "./book.js";
import { watchBook, watchTicker } from "./feed.js";
import { element, useFrame, useMarket, write } from "./hooks.js";
import { cut, decimal, group, places, units } from "./numbers.js";

const DEPTH = 50;
const LADDER_DECIMALS = 4;

function level(side, words, pick) {
  const texts = [0, 1, 2].map(() => document.createTextNode(""));
  const label = (text) => element("span", "sr", text);
  const bar = element("i");
  const row = element(
    "div",
    `lv ${side === "asks" ? "a" : "d"}`,
    bar,
    element("span", side === "asks" ? "down" : "up", label(side === "asks" ? `${words.ask} ` : `${words.bid} `), texts[0]),
    element("span", "", label(`, ${words.amount} `), texts[1]),
    element("span", "t", label(`, ${words.total} `), texts[2]),
  );
  row.dataset.side = side;
  row.addEventListener("click", () => row.dataset.price && pick(row.dataset.price));
  return { row, bar, texts };
}

/* Rows are made once and filled again and again. */
function fill(rows, levels, digits, most) {
  let total = 0n;
  levels.forEach(({ price, quantity }, index) => {
    const { row, bar, texts } = rows[index];
    total += units(quantity, digits);
    const shown = cut(quantity, LADDER_DECIMALS);
    write(texts[0], group(price));
    write(texts[1], group(/[1-9]/.test(shown) ? shown : quantity));
    write(texts[2], group(cut(decimal(total, digits), LADDER_DECIMALS)));
    bar.style.width = `${Number((total * 1000n) / most) / 10}%`;
    row.dataset.price = price;
    row.hidden = false;
  });
  for (let index = levels.length; index < rows.length; index += 1) {
    rows[index].row.hidden = true;
    delete rows[index].row.dataset.price;
  }
}

const sum = (levels, digits) => levels.reduce((total, { quantity }) => total + units(quantity, digits), 0n);

function Ladder({ market, words, onPick }) {
  const box = { asks: useRef(null), bids: useRef(null) };
  const parts = useRef(null);
  const data = useRef({ book: null, gap: false, ticker: null });
  const picking = useRef(onPick);
  picking.current = onPick;
  const last = useRef(null);
  const price = useRef(null);
  const spread = useRef(null);
  const note = useRef(null);

  const draw = useFrame(() => {
    const { book, gap, ticker } = data.current;
    if (!parts.current || !last.current) return;
    const tick = places(market.tickSize);
    const digits = places(market.lotSize);
    const height = parts.current.asks[0].row.offsetHeight || 20;
    const shown = {};
    for (const side of ["asks", "bids"]) {
      const room = Math.floor(box[side].current.clientHeight / height);
      shown[side] = (book?.[side] ?? []).slice(0, Math.min(room, parts.current[side].length));
    }
    const sums = [sum(shown.asks, digits), sum(shown.bids, digits), 1n];
    const most = sums.reduce((a, b) => (a > b ? a : b));
    for (const side of ["asks", "bids"]) fill(parts.current[side], shown[side], digits, most);

    const [bid, ask] = [book?.bids[0]?.price, book?.asks[0]?.price];
    if (ticker?.last && ticker.last !== price.current) {
      const rising = price.current ? compareDecimals(ticker.last, price.current) > 0 : !ticker.change24h?.startsWith("-");
      price.current = ticker.last;
      last.current.className = `p ${rising ? "up" : "down"}`;
      last.current.replaceChildren(element("span", "tri"), group(ticker.last));
    }
    if (bid && ask) {
      const gapUnits = units(ask, tick) - units(bid, tick);
      const share = (Number(gapUnits) / Number(units(ask, tick))) * 100;
      spread.current.textContent = `${words.spread} ${group(decimal(gapUnits, tick))} · ${share.toFixed(4)}\u2009%`;
    } else {
      spread.current.textContent = "";
    }
    const empty = book && !bid && !ask;
    note.current.hidden = !(gap || empty);
    note.current.textContent = gap ? words.gap : words.empty;
  });

  useEffect(() => {
    const pick = (price) => picking.current?.(price);
    parts.current = {};
    for (const side of ["asks", "bids"]) {
      parts.current[side] = Array.from({ length: DEPTH }, () => level(side, words, pick));
      const rows = parts.current[side].map(({ row }) => row);
      box[side].current.replaceChildren(...(side === "asks" ? rows.reverse() : rows));
    }
    data.current = { book: null, gap: false, ticker: null };
    price.current = null;
    const stopBook = watchBook(market.symbol, DEPTH, (message) => {
      if (message.gap) data.current.gap = true;
      else if (!message.missing) Object.assign(data.current, { book: message, gap: false });
      draw();
    });
    const stopTicker = watchTicker(market.symbol, (ticker) => {
      data.current.ticker = ticker;
      draw();
    });
    const sizes = new ResizeObserver(draw);
    sizes.observe(box.asks.current);
    draw();
    return () => {
      stopBook();
      stopTicker();
      sizes.disconnect();
    };
  }, [market.symbol]);

  /* One stop for the keyboard: arrows walk the visible levels, Enter takes the price. */
  const active = useRef(null);
  const walk = (event) => {
    const rows = [...event.currentTarget.querySelectorAll(".lv:not([hidden])")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const at = rows.indexOf(active.current);
      const next = rows[at < 0 ? Math.floor(rows.length / 2) : Math.max(0, Math.min(rows.length - 1, at + step))];
      active.current?.classList.remove("flash");
      next?.classList.add("flash");
      active.current = next ?? null;
    } else if (event.key === "Enter" && active.current?.dataset.price) {
      picking.current?.(active.current.dataset.price);
    }
  };

  return (
    <div className="ladder" tabIndex={0} role="group" aria-label={words.title} onKeyDown={walk} onBlur={() => active.current?.classList.remove("flash")}>
      <div className="asks" ref={box.asks} />
      <div className="spread">
        <span className="p" ref={last} data-testid="book-last">–</span>
        <span className="grow" />
        <span ref={spread} />
      </div>
      <p className="note" ref={note} hidden />
      <div className="bids" ref={box.bids} />
    </div>
  );
}

export function OrderBook({ words, onPick }) {
  const market = useMarket();
  const units = market ? [market.quote.code, market.base.code] : ["–", "–"];
  return (
    <section className="panel bookp" aria-label={words.title} data-testid="order-book">
      <div className="phead">
        <h2>{words.title}</h2>
      </div>
      <div className="bhead">
        <span>{`${words.price} (${units[0]})`}</span>
        <span className="n">{`${words.amountHead} (${units[1]})`}</span>
        <span className="n">{`${words.totalHead} (${units[1]})`}</span>
      </div>
      {market ? <Ladder market={market} words={words} onPick={onPick} /> : <div className="ladder" />}
    </section>
  );
}
