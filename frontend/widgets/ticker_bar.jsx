/* The market's name, status and figures of the last 24 hours, above the terminal. */
import { useEffect, useRef, useState } from "react";
import { useParams } from "react-router";
import { watchTicker } from "./feed.js";
import { useFrame, useMarket, useStandings } from "./hooks.js";
import { LayoutMenu } from "./layout.jsx";
import { MarketPicker } from "./market_picker.jsx";
import { brief, clock, decimal, group, percent, places, units } from "./numbers.js";
import { Standing } from "./status.jsx";

/* How far the price has come since yesterday. */
function moved({ last, open24h }, digits) {
  if (last === null || open24h === null) return "";
  const by = units(last, digits) - units(open24h, digits);
  return `\u2002${by < 0n ? "−" : "+"}${group(decimal(by < 0n ? -by : by, digits))}`;
}

const SUMMARY_MS = 30000;

/* `null` while there is nothing to tell. */
function told({ last, bid, ask, change24h }, digits, words) {
  if (last === null) return null;
  const change = Math.abs(Number(change24h ?? 0)).toFixed(2);
  const spread = bid && ask ? group(decimal(units(ask, digits) - units(bid, digits), digits)) : "–";
  return words.summary
    .replace("{last}", group(last))
    .replace("{change}", words[change24h?.startsWith("-") ? "down" : "up"].replace("{percent}", group(change)))
    .replace("{spread}", spread);
}

/** For those who hear the page: the market in a sentence, anew every half minute, and never by itself. */
function Summary({ ticker, market, words }) {
  const [text, setText] = useState("");
  const spoken = useRef(words);
  spoken.current = words;
  useEffect(() => {
    let timer = null;
    const tell = () => {
      const sentence = ticker.current && market && told(ticker.current, places(market.tickSize), spoken.current);
      if (sentence) setText(sentence);
      timer = setTimeout(tell, sentence ? SUMMARY_MS : 1000);
    };
    tell();
    return () => clearTimeout(timer);
  }, [market]);
  return (
    <p className="sr" data-testid="summary">
      {text}
    </p>
  );
}

export function TickerBar({ words, statusWords, layoutWords }) {
  const { symbol } = useParams();
  const market = useMarket();
  const cells = { last: useRef(null), change: useRef(null), high: useRef(null), low: useRef(null), volume: useRef(null), value: useRef(null), indicative: useRef(null), indicated: useRef(null) };
  const standing = useStandings()?.get(symbol);
  const auction = standing?.status === "AUCTION";
  const ticker = useRef(null);
  const shown = useRef(null);

  const draw = useFrame(() => {
    const now = ticker.current;
    if (!cells.last.current || !now || !market) return;
    const set = (cell, text) => cell.current.textContent !== text && (cell.current.textContent = text);
    const rising = now.change24h === null || !now.change24h.startsWith("-");
    set(cells.last, group(now.last));
    cells.last.current.className = now.last === null ? "last" : `last ${rising ? "up" : "down"}`;
    set(cells.change, percent(now.change24h) + moved(now, places(market.tickSize)));
    cells.change.current.className = now.change24h === null ? "" : rising ? "up" : "down";
    set(cells.high, group(now.high24h));
    set(cells.low, group(now.low24h));
    set(cells.volume, `${brief(now.baseVolume24h)} ${market.base.code}`);
    set(cells.value, `${brief(now.quoteVolume24h)} ${market.quote.code}`);
    if (cells.indicative.current) {
      set(cells.indicative, group(now.indicativePrice));
      set(cells.indicated, now.indicativeQuantity === null ? "–" : `${group(now.indicativeQuantity)} ${market.base.code}`);
    }
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

  useEffect(draw, [auction]);

  if (market === null) {
    return (
      <section className="panel tick" aria-label={words.title}>
        <MarketPicker symbol={symbol} words={words} />
        <span className="badge warn">{words.missing}</span>
      </section>
    );
  }
  const stat = (label, cell, optional, name) => (
    <div className={optional ? "stat opt" : "stat"}>
      <dt>{label}</dt>
      <dd ref={cell} data-testid={name}>–</dd>
    </div>
  );
  return (
    <section className="panel tick" aria-label={words.title}>
      <h1 className="sr">{`${words.heading} ${symbol}`}</h1>
      <Summary key={symbol} ticker={ticker} market={market} words={words} />
      <MarketPicker symbol={symbol} words={words} />
      <Standing standing={standing ?? (market && { status: market.status, statusReason: market.statusReason })} words={statusWords} />
      <div className="lastbox">
        <span className="sr">{words.last}</span>
        <span className="last" ref={cells.last} data-testid="last-price">–</span>
      </div>
      <dl className="stats">
        {auction ? stat(words.indicative, cells.indicative, false, "indicative-price") : null}
        {auction ? stat(words.indicated, cells.indicated, false, "indicative-quantity") : null}
        {auction && standing.auctionEndsAt ? (
          <div className="stat">
            <dt>{words.uncrosses}</dt>
            <dd>{clock(standing.auctionEndsAt)}</dd>
          </div>
        ) : null}
        {stat(words.change, cells.change)}
        {stat(words.high, cells.high)}
        {stat(words.low, cells.low)}
        {stat(words.volume, cells.volume)}
        {stat(words.value, cells.value, true)}
        <div className="stat opt">
          <dt>{words.steps}</dt>
          <dd>{market ? `${group(market.tickSize)} / ${group(market.lotSize)}` : "–"}</dd>
        </div>
      </dl>
      <span className="grow" />
      <LayoutMenu words={layoutWords} />
    </section>
  );
}
