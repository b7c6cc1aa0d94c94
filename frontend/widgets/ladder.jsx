/* The ladder of the order book: levels or groups of them, drawn at most once a frame. */
import { useEffect, useRef } from "react";
import { compareDecimals, depthFor, grouped } from "./book.js";
import { watchBook, watchTicker } from "./feed.js";
import { element, useFrame, write } from "./hooks.js";
import { cut, decimal, group, places, units } from "./numbers.js";

const ROWS = 50;
const AMOUNT_DECIMALS = 4;
const SIDES = ["asks", "bids"];

/* Rows are made once and filled again and again. */
function row(side, words, pick) {
  const texts = [0, 1, 2, 3].map(() => document.createTextNode(""));
  const label = (text) => element("span", "sr", text);
  const bar = element("i");
  const box = element(
    "div",
    `lv ${side === "asks" ? "a" : "d"}`,
    bar,
    element("span", side === "asks" ? "down" : "up", label(side === "asks" ? `${words.ask} ` : `${words.bid} `), texts[0]),
    element("span", "", label(`, ${words.amount} `), texts[1]),
    element("span", "t", label(`, ${words.total} `), texts[2], element("span", "sr", texts[3])),
  );
  box.dataset.side = side;
  box.addEventListener("click", () => box.dataset.price && pick(box.dataset.price));
  return { box, bar, texts };
}

/** The scales of a market: decimals of a price, of an amount, and of a group's price. */
function scalesOf(market, multiple) {
  const tick = places(market.tickSize);
  const size = units(market.tickSize, tick) * multiple;
  const shown = multiple === 1n ? tick : places(decimal(size, tick));
  return { tick, lot: places(market.lotSize), size, shown };
}

function inUnits(levels, { tick, lot }) {
  return levels.map(({ price, quantity }) => ({ price: units(price, tick), quantity: units(quantity, lot) }));
}

function fill(rows, levels, scales, most, own, words) {
  let total = 0n;
  levels.forEach(({ price, quantity }, index) => {
    const { box, bar, texts } = rows[index];
    total += quantity;
    const amount = decimal(quantity, scales.lot);
    const short = cut(amount, AMOUNT_DECIMALS);
    const mine = own.has(price);
    write(texts[0], group(cut(decimal(price, scales.tick), scales.shown)));
    write(texts[1], group(/[1-9]/.test(short) ? short : amount));
    write(texts[2], group(cut(decimal(total, scales.lot), AMOUNT_DECIMALS)));
    write(texts[3], mine ? `, ${words.your_order}` : "");
    box.classList.toggle("own", mine);
    bar.style.width = `${Number((total * 1000n) / most) / 10}%`;
    box.dataset.price = decimal(price, scales.tick);
    box.hidden = false;
  });
  for (let index = levels.length; index < rows.length; index += 1) {
    rows[index].box.hidden = true;
    delete rows[index].box.dataset.price;
  }
}

/** What taking everything down to a row's price would give. */
function reckon(levels, side, price) {
  let quantity = 0n;
  let value = 0n;
  for (const level of levels) {
    if (side === "asks" ? level.price > price : level.price < price) break;
    quantity += level.quantity;
    value += level.price * level.quantity;
  }
  return { quantity, value };
}

function explain(tip, box, book, market, scales, words) {
  const side = box.dataset.side;
  const levels = inUnits(book[side], scales);
  const price = units(box.dataset.price, scales.tick);
  const { quantity, value } = reckon(levels, side, price);
  if (quantity === 0n) {
    tip.hidden = true;
    return;
  }
  const line = (name, text) => element("div", "kv", element("dt", "", name), element("dd", "", text));
  const best = [book.bids[0], book.asks[0]].map((level) => level && Number(level.price));
  const mid = best[0] && best[1] ? (best[0] + best[1]) / 2 : null;
  const away = mid === null ? null : ((Number(box.dataset.price) - mid) / mid) * 100;
  tip.replaceChildren(
    line(words.average, group(decimal((value * 2n + quantity) / (quantity * 2n), scales.tick))),
    line(words.totalHead, `${group(cut(decimal(quantity, scales.lot), AMOUNT_DECIMALS))} ${market.base.code}`),
    line(words.value, `${group(cut(decimal(value, scales.tick + scales.lot), 0))} ${market.quote.code}`),
    line(words.from_mid, away === null ? "–" : `${away < 0 ? "−" : "+"}${group(Math.abs(away).toFixed(2))}\u2009%`),
  );
  tip.hidden = false;
  const at = box.getBoundingClientRect();
  tip.style.left = `${at.left > 206 ? at.left - 198 : Math.max(4, Math.min(at.left + 60, innerWidth - 196))}px`;
  tip.style.top = `${Math.max(4, Math.min(at.top - 30, innerHeight - 100))}px`;
}

function drawSpread(spread, book, ticks, words) {
  const [bid, ask] = [book?.bids[0]?.price, book?.asks[0]?.price];
  if (!bid || !ask) {
    spread.textContent = "";
    return;
  }
  const gap = units(ask, ticks) - units(bid, ticks);
  if (gap <= 0n) {
    spread.textContent = words.crossed.replace("{by}", group(decimal(-gap, ticks)));
    return;
  }
  const share = (Number(gap) / Number(units(ask, ticks))) * 100;
  spread.textContent = `${words.spread} ${group(decimal(gap, ticks))} · ${group(share.toFixed(4))}\u2009%`;
}

export function Ladder({ market, words, own, view, multiple, onPick }) {
  const box = { asks: useRef(null), bids: useRef(null) };
  const rows = useRef(null);
  const data = useRef({});
  const picking = useRef(onPick);
  picking.current = onPick;
  const refs = { last: useRef(null), spread: useRef(null), note: useRef(null), tip: useRef(null), price: useRef(null) };
  const pointed = useRef(null);
  const scales = scalesOf(market, multiple);

  /** The prices of the rows in which one's own orders rest. */
  const ownRows = (side) => {
    const orders = own.filter((order) => order.resting && order.buy === (side === "bids")).map((order) => ({ price: units(order.price_plain, scales.tick), quantity: 1n }));
    orders.sort((a, b) => (a.price < b.price ? -1 : 1));
    return new Set(grouped(orders, side, scales.size, Infinity, true).map((level) => level.price));
  };

  const draw = useFrame(() => {
    const { book, gap, ticker } = data.current;
    if (!rows.current || !refs.last.current) return;
    const height = parseFloat(getComputedStyle(refs.last.current).getPropertyValue("--row")) || 20;
    const shown = {};
    for (const side of SIDES) {
      const room = view === "both" || view === side ? Math.min(ROWS, Math.floor(box[side].current.clientHeight / height)) : 0;
      const levels = inUnits(book?.[side] ?? [], scales);
      const whole = levels.length < depthFor(multiple);
      shown[side] = multiple === 1n ? levels.slice(0, room) : grouped(levels, side, scales.size, room, whole);
    }
    let most = 1n;
    for (const side of SIDES) {
      const sum = shown[side].reduce((total, { quantity }) => total + quantity, 0n);
      if (sum > most) most = sum;
    }
    for (const side of SIDES) fill(rows.current[side], shown[side], scales, most, ownRows(side), words);
    if (ticker?.last && ticker.last !== refs.price.current) {
      const rising = refs.price.current ? compareDecimals(ticker.last, refs.price.current) > 0 : !ticker.change24h?.startsWith("-");
      refs.price.current = ticker.last;
      refs.last.current.className = `p ${rising ? "up" : "down"}`;
      refs.last.current.replaceChildren(element("span", "tri"), group(ticker.last));
    }
    drawSpread(refs.spread.current, book, scales.tick, words);
    const empty = book && !book.bids.length && !book.asks.length;
    refs.note.current.hidden = !(gap || empty);
    refs.note.current.textContent = gap ? words.gap : words.empty;
    point(pointed.current);
  });

  const point = (target) => {
    pointed.current = target;
    if (target?.isConnected && !target.hidden && data.current.book) explain(refs.tip.current, target, data.current.book, market, scales, words);
    else if (refs.tip.current) refs.tip.current.hidden = true;
  };

  useEffect(() => {
    const pick = (price) => picking.current?.(price);
    rows.current = {};
    for (const side of SIDES) {
      rows.current[side] = Array.from({ length: ROWS }, () => row(side, words, pick));
      const boxes = rows.current[side].map((made) => made.box);
      for (const made of boxes) made.hidden = true;
      box[side].current.replaceChildren(...(side === "asks" ? boxes.reverse() : boxes));
    }
    data.current = {};
    refs.price.current = null;
    refs.last.current.textContent = "–";
    const stop = watchTicker(market.symbol, (ticker) => {
      if (ticker.missing) return;
      data.current.ticker = ticker;
      draw();
    });
    const sizes = new ResizeObserver(draw);
    sizes.observe(box.asks.current);
    sizes.observe(box.bids.current);
    return () => {
      stop();
      sizes.disconnect();
    };
  }, [market.symbol]);

  /* The old window stays in view until the deeper one is there. */
  const depth = depthFor(multiple);
  useEffect(
    () =>
      watchBook(market.symbol, depth, (message) => {
        if (message.gap) data.current.gap = true;
        else if (!message.missing) Object.assign(data.current, { book: message, gap: false });
        draw();
      }),
    [market.symbol, depth],
  );
  useEffect(draw, [own, view, multiple]);

  /* One stop for the keyboard: arrows walk the visible levels, Enter takes the price. */
  const active = useRef(null);
  const rest = () => {
    active.current?.classList.remove("flash");
    active.current = null;
    point(null);
  };
  const walk = (event) => {
    const visible = [...event.currentTarget.querySelectorAll(".lv:not([hidden])")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      event.stopPropagation();
      const at = visible.indexOf(active.current);
      const next = visible[at < 0 ? Math.floor(visible.length / 2) : Math.max(0, Math.min(visible.length - 1, at + step))];
      active.current?.classList.remove("flash");
      next?.classList.add("flash");
      active.current = next ?? null;
      point(active.current);
    } else if (event.key === "Enter" && active.current?.dataset.price) {
      event.stopPropagation();
      picking.current?.(active.current.dataset.price);
    } else if (event.key === "Escape") {
      rest();
    }
  };

  return (
    <div
      className="ladder"
      data-view={view}
      data-testid="ladder"
      tabIndex={0}
      role="group"
      aria-label={words.title}
      onKeyDown={walk}
      onBlur={rest}
      onMouseOver={(event) => point(event.target.closest(".lv"))}
      onMouseLeave={() => point(null)}
    >
      <div className="asks" ref={box.asks} />
      <div className="spread">
        <span className="p" ref={refs.last} data-testid="book-last">–</span>
        <span className="grow" />
        <span ref={refs.spread} />
      </div>
      <p className="note" ref={refs.note} hidden />
      <div className="bids" ref={box.bids} />
      <dl className="tip" ref={refs.tip} data-testid="book-tip" hidden />
    </div>
  );
}
