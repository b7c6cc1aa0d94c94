/* The table of all markets with their live tickers: searched, sorted, starred. */
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { watchMarkets } from "./feed.js";
import { useFrame, useStandings } from "./hooks.js";
import { brief, group, percent } from "./numbers.js";
import { ask } from "./socket.js";
import { Standing } from "./status.jsx";

const FAVOURITES = "rialto-favourites";
const WEEK_HOURS = 168;
const LINE_MS = 300000;
const LINE = { width: 96, height: 24 };

const number = (text) => (text === null || text === undefined ? -Infinity : Number(text));
const ORDERS = {
  market: (row) => row.market.symbol,
  last: (row) => number(row.ticker?.last),
  change: (row) => number(row.ticker?.change24h),
  high: (row) => number(row.ticker?.high24h),
  low: (row) => number(row.ticker?.low24h),
  volume: (row) => number(row.ticker?.baseVolume24h),
  value: (row) => number(row.ticker?.quoteVolume24h),
};

function readFavourites() {
  try {
    const kept = JSON.parse(localStorage.getItem(FAVOURITES) ?? "[]");
    return new Set(Array.isArray(kept) ? kept.filter((symbol) => typeof symbol === "string") : []);
  } catch {
    return new Set();
  }
}

function useFavourites() {
  const [favourites, setFavourites] = useState(readFavourites);
  const toggle = (symbol) => {
    const next = new Set(favourites);
    if (!next.delete(symbol)) next.add(symbol);
    setFavourites(next);
    try {
      localStorage.setItem(FAVOURITES, JSON.stringify([...next]));
    } catch {
      /* Without storage the stars last as long as the page. */
    }
  };
  return [favourites, toggle];
}

/** Closing prices of the last seven days, asked for now and then. */
function useWeek(symbol) {
  const [prices, setPrices] = useState(null);
  useEffect(() => {
    let gone = false;
    const load = () =>
      ask(`query Week($symbol: String!) { candles(market: $symbol, interval: H1, limit: ${WEEK_HOURS}) { close } }`, { symbol }).then(
        (data) => gone || setPrices((data.candles ?? []).map((candle) => Number(candle.close))),
        () => {},
      );
    load();
    const timer = setInterval(load, LINE_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [symbol]);
  return prices;
}

function Week({ symbol, words }) {
  const prices = useWeek(symbol);
  if (!prices || prices.length < 2) return <span className="q">–</span>;
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const x = (index) => ((index / (prices.length - 1)) * (LINE.width - 2) + 1).toFixed(1);
  const y = (price) => (LINE.height - 2 - ((price - low) / (high - low || 1)) * (LINE.height - 4)).toFixed(1);
  const path = prices.map((price, index) => `${index ? "L" : "M"}${x(index)} ${y(price)}`).join("");
  const words_for = prices.at(-1) >= prices[0] ? words.line_up : words.line_down;
  return (
    <svg className="week" viewBox={`0 0 ${LINE.width} ${LINE.height}`} role="img" aria-label={words_for}>
      <path d={path} />
    </svg>
  );
}

function Star({ symbol, on, toggle, words }) {
  const label = (on ? words.unstar : words.star).replace("{market}", symbol);
  return (
    <button
      type="button"
      className={on ? "ico star on" : "ico star"}
      aria-label={label}
      aria-pressed={on}
      onClick={(event) => {
        event.stopPropagation();
        toggle(symbol);
      }}
    >
      <svg className="i s" viewBox="0 0 24 24" aria-hidden="true">
        <path d="M12 4l2.500 5.200 5.700.8-4.100 4 1 5.700-5.100-2.700-5.100 2.700 1-5.700-4.100-4 5.700-.8z" />
      </svg>
    </button>
  );
}

function Head({ name, words, sort, setSort, className }) {
  const active = sort.by === name;
  const turn = () => setSort(active ? { by: name, up: !sort.up } : { by: name, up: name === "market" });
  return (
    <th scope="col" className={className} aria-sort={active ? (sort.up ? "ascending" : "descending") : "none"}>
      <button type="button" className="sort" onClick={turn} data-sort={name}>
        <span className={active ? (sort.up ? "tri" : "tri turned") : "tri none"} aria-hidden="true" />
        {words[name]}
      </button>
    </th>
  );
}

export function MarketList({ words, statusWords }) {
  const navigate = useNavigate();
  const latest = useRef(null);
  const standings = useStandings();
  const [rows, setRows] = useState(null);
  const [sort, setSort] = useState({ by: "value", up: false });
  const [typed, setTyped] = useState(() => new URLSearchParams(location.search).get("search") ?? "");
  const [only, setOnly] = useState("all");
  const [favourites, toggle] = useFavourites();
  const draw = useFrame(() => setRows(latest.current));
  useEffect(
    () =>
      watchMarkets((message) => {
        if (Array.isArray(message)) latest.current = message.map((row) => ({ ...row }));
        draw();
      }),
    [],
  );

  const open = (event, symbol) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    navigate(`/trade/${symbol}`);
  };
  const wanted = typed.trim().toUpperCase();
  const fits = ({ market }) =>
    (only === "all" || (only === "favourites" ? favourites.has(market.symbol) : market.quote.code === only)) &&
    [market.symbol, market.base.name?.toUpperCase() ?? ""].some((name) => name.includes(wanted));
  const by = ORDERS[sort.by];
  const compare = (a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : a.market.symbol < b.market.symbol ? -1 : 1) * (sort.up ? 1 : -1);
  const shown = (rows ?? []).filter(fits).sort(compare);
  const quotes = [...new Set((rows ?? []).map(({ market }) => market.quote.code))].sort();

  const search = (event) => {
    if (event.key === "Enter" && shown.length) open(event, shown[0].market.symbol);
    if (event.key === "Escape") (typed ? setTyped("") : event.currentTarget.blur());
    if (event.key === "ArrowDown") {
      event.preventDefault();
      document.querySelector(".markets a.name")?.focus();
    }
  };
  const walk = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...event.currentTarget.querySelectorAll("a.name")];
    const at = links.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    links[Math.max(0, Math.min(links.length - 1, at + step))].focus();
  };
  const empty = rows?.length === 0 ? words.empty : only === "favourites" && !wanted ? words.no_favourites : words.none;

  return (
    <div className="card markets">
      <div className="filters">
        <label className="box find-box">
          <span className="sr">{words.search}</span>
          <input id="market-search" type="search" value={typed} placeholder={words.search} autoComplete="off" onChange={(event) => setTyped(event.target.value)} onKeyDown={search} />
          <kbd aria-hidden="true">/</kbd>
        </label>
        <div className="seg sm" role="group" aria-label={words.filter}>
          {["all", "favourites", ...quotes].map((name) => (
            <button key={name} type="button" aria-pressed={only === name} onClick={() => setOnly(name)} data-only={name}>
              {words[name] ?? name}
            </button>
          ))}
        </div>
      </div>
      <div className="scroll">
        <table>
          <thead>
            <tr>
              <Head name="market" words={words} sort={sort} setSort={setSort} />
              <Head name="last" words={words} sort={sort} setSort={setSort} className="n" />
              <Head name="change" words={words} sort={sort} setSort={setSort} className="n" />
              <Head name="high" words={words} sort={sort} setSort={setSort} className="n opt mid" />
              <Head name="low" words={words} sort={sort} setSort={setSort} className="n opt mid" />
              <Head name="volume" words={words} sort={sort} setSort={setSort} className="n opt" />
              <Head name="value" words={words} sort={sort} setSort={setSort} className="n opt" />
              <th scope="col" className="opt">{words.week}</th>
              <th scope="col" className="opt">{words.status}</th>
            </tr>
          </thead>
          <tbody onKeyDown={walk}>
            {shown.map(({ market, ticker }) => {
              const direction = !ticker?.change24h ? "" : ticker.change24h.startsWith("-") ? "down" : "up";
              return (
                <tr key={market.symbol} onClick={(event) => open(event, market.symbol)} data-market={market.symbol}>
                  <td>
                    <span className="row">
                      <Star symbol={market.symbol} on={favourites.has(market.symbol)} toggle={toggle} words={words} />
                      <a className="name" href={`/trade/${market.symbol}`} onClick={(event) => open(event, market.symbol)}>
                        <span className="coin" aria-hidden="true">{market.symbol.slice(0, 1)}</span>
                        {market.symbol}
                      </a>
                    </span>
                  </td>
                  <td className="n" data-cell="last">{group(ticker?.last)}</td>
                  <td className={`n ${direction}`}>{percent(ticker?.change24h)}</td>
                  <td className="n opt mid">{group(ticker?.high24h)}</td>
                  <td className="n opt mid">{group(ticker?.low24h)}</td>
                  <td className="n opt">{`${brief(ticker?.baseVolume24h)} `}<span className="q">{market.base.code}</span></td>
                  <td className="n opt">{`${brief(ticker?.quoteVolume24h)} `}<span className="q">{market.quote.code}</span></td>
                  <td className="opt"><Week symbol={market.symbol} words={words} /></td>
                  <td className="opt">
                    <Standing standing={standings?.get(market.symbol) ?? market} words={statusWords} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
        {rows !== null && shown.length === 0 ? (
          <div className="note row">
            <p>{empty}</p>
            {wanted ? <button type="button" className="btn sm" onClick={() => setTyped("")}>{words.clear}</button> : null}
          </div>
        ) : null}
        {rows === null ? <p className="note" aria-busy="true">{words.loading}</p> : null}
      </div>
    </div>
  );
}
