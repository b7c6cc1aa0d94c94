/* The market's name, status and figures of the last 24 hours, above the terminal. */
import { useEffect, useRef } from "react";
import { useParams } from "react-router";
import { watchTicker } from "./feed.js";
import { useFrame, useMarket } from "./hooks.js";
import { LayoutMenu } from "./layout.jsx";
import { MarketPicker } from "./market_picker.jsx";
import { brief, group, percent } from "./numbers.js";
import { StatusBadge } from "./status.jsx";

export function TickerBar({ words, statusWords, layoutWords }) {
  const { symbol } = useParams();
  const market = useMarket();
  const cells = { last: useRef(null), change: useRef(null), high: useRef(null), low: useRef(null), volume: useRef(null), value: useRef(null) };
  const ticker = useRef(null);
  const shown = useRef(null);

  const draw = useFrame(() => {
    const now = ticker.current;
    if (!cells.last.current || !now || !market) return;
    const set = (cell, text) => cell.current.textContent !== text && (cell.current.textContent = text);
    const rising = now.change24h === null || !now.change24h.startsWith("-");
    set(cells.last, group(now.last));
    cells.last.current.className = now.last === null ? "last" : `last ${rising ? "up" : "down"}`;
    set(cells.change, percent(now.change24h));
    cells.change.current.className = now.change24h === null ? "" : rising ? "up" : "down";
    set(cells.high, group(now.high24h));
    set(cells.low, group(now.low24h));
    set(cells.volume, `${brief(now.baseVolume24h)} ${market.base.code}`);
    set(cells.value, `${brief(now.quoteVolume24h)} ${market.quote.code}`);
    if (now.last !== null && now.last !== shown.current) {
      shown.current = now.last;
      document.title = `${rising ? "▲" : "▼"} ${group(now.last)} ${market.symbol}`;
    }
  });

  useEffect(() => {
    if (!market) return undefined;
    return watchTicker(market.symbol, (message) => {
      if (message.missing) return;
      ticker.current = message;
      draw();
    });
  }, [market]);

  if (market === null) {
    return (
      <section className="panel tick" aria-label={words.title}>
        <MarketPicker symbol={symbol} words={words} />
        <span className="badge warn">{words.missing}</span>
      </section>
    );
  }
  const stat = (label, cell, optional) => (
    <div className={optional ? "stat opt" : "stat"}>
      <dt>{label}</dt>
      <dd ref={cell}>–</dd>
    </div>
  );
  return (
    <section className="panel tick" aria-label={words.title}>
      <h1 className="sr">{`${words.heading} ${symbol}`}</h1>
      <MarketPicker symbol={symbol} words={words} />
      <StatusBadge status={market?.status} words={statusWords} reason={market?.statusReason} />
      <div className="lastbox">
        <span className="sr">{words.last}</span>
        <span className="last" ref={cells.last} data-testid="last-price">–</span>
      </div>
      <dl className="stats">
        {stat(words.change, cells.change)}
        {stat(words.high, cells.high)}
        {stat(words.low, cells.low)}
        {stat(words.volume, cells.volume)}
        {stat(words.value, cells.value, true)}
        <div className="stat opt">
          <dt>{words.steps}</dt>
          <dd>{market ? `${market.tickSize} / ${market.lotSize}` : "–"}</dd>
        </div>
      </dl>
      <span className="grow" />
      <LayoutMenu words={layoutWords} />
    </section>
  );
}
