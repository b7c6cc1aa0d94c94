/* The newest trades of a market, newest first. */
import { useEffect, useRef } from "react";
import { watchFills, watchTrades } from "./feed.js";
import { element, useFrame, useMarket, write } from "./hooks.js";
import { clock, group, zone } from "./numbers.js";

const ROWS = 48;

function line(words) {
  const texts = { price: document.createTextNode(""), side: document.createTextNode(""), own: document.createTextNode(""), quantity: document.createTextNode(""), time: document.createTextNode("") };
  const side = element("span", "side", element("span", "tri"), texts.price, element("span", "sr", texts.side, texts.own));
  const row = element("div", "tape", side, element("span", "", texts.quantity), element("span", "m", texts.time));
  return { row, side, texts };
}

function Tape({ market, words, signedIn }) {
  const own = useRef(new Set());
  const box = useRef(null);
  const rows = useRef(null);
  const trades = useRef(null);
  const note = useRef(null);

  const draw = useFrame(() => {
    if (!rows.current || !note.current) return;
    const shown = trades.current ?? [];
    rows.current.forEach(({ row, side, texts }, index) => {
      const trade = shown[index];
      row.hidden = !trade;
      if (!trade) return;
      const mine = own.current.has(trade.id);
      row.classList.toggle("own", mine);
      write(texts.own, mine ? `, ${words.your_fill}` : "");
      const buy = trade.takerSide === "BUY";
      side.className = `side ${trade.takerSide ? (buy ? "up" : "down") : ""}`;
      write(texts.price, group(trade.price));
      write(texts.side, trade.takerSide ? ` ${buy ? words.buy : words.sell}` : "");
      write(texts.quantity, group(trade.quantity));
      write(texts.time, clock(trade.time));
    });
    note.current.hidden = trades.current === null || shown.length > 0;
  });

  useEffect(() => {
    rows.current = Array.from({ length: ROWS }, () => line(words));
    box.current.replaceChildren(...rows.current.map(({ row }) => row));
    trades.current = null;
    draw();
    return watchTrades(market.symbol, (message) => {
      if (Array.isArray(message)) trades.current = message;
      draw();
    });
  }, [market.symbol]);

  useEffect(() => {
    own.current = new Set();
    draw();
    if (!signedIn) return undefined;
    return watchFills(market.symbol, (fills) => {
      own.current = new Set(fills.map((fill) => fill.tradeId));
      draw();
    });
  }, [market.symbol, signedIn]);

  return (
    <div className="trades">
      <p className="note" ref={note} hidden>
        {words.empty}
      </p>
      <div ref={box} data-testid="trade-tape" />
    </div>
  );
}

export function TradeTape({ words, signedIn }) {
  const market = useMarket();
  return (
    <section className="panel tapep" aria-label={words.title}>
      <div className="phead">
        <h2>{words.title}</h2>
      </div>
      <div className="bhead">
        <span>{`${words.price} (${market?.quote.code ?? "–"})`}</span>
        <span className="n">{`${words.amountHead} (${market?.base.code ?? "–"})`}</span>
        <span className="n">{`${words.time} (${zone()})`}</span>
      </div>
      {market ? <Tape market={market} words={words} signedIn={signedIn} /> : <div className="trades" />}
    </section>
  );
}
