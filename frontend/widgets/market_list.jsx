/* The table of all markets with their live tickers. */
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { watchMarkets } from "./feed.js";
import { useFrame } from "./hooks.js";
import { brief, group, percent } from "./numbers.js";

export function MarketList({ words, statusWords }) {
  const navigate = useNavigate();
  const latest = useRef(null);
  const [rows, setRows] = useState(null);
  const draw = useFrame(() => setRows(latest.current));
  useEffect(
    () =>
      watchMarkets((message) => {
        if (Array.isArray(message)) latest.current = message.map((row) => ({ ...row }));
        draw();
      }),
    [],
  );
  const by = (row) => Number(row.ticker?.quoteVolume24h ?? 0);
  const open = (event, symbol) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    navigate(`/trade/${symbol}`);
  };
  return (
    <div className="card markets">
      <div className="scroll">
        <table>
          <thead>
            <tr>
              <th>{words.market}</th>
              <th className="n">{words.last}</th>
              <th className="n">{words.change}</th>
              <th className="n opt">{words.high}</th>
              <th className="n opt">{words.low}</th>
              <th className="n opt">{words.volume}</th>
              <th className="n opt">{words.value}</th>
              <th className="opt">{words.status}</th>
            </tr>
          </thead>
          <tbody>
            {(rows ?? []).toSorted((a, b) => by(b) - by(a)).map(({ market, ticker }) => {
              const direction = !ticker?.change24h ? "" : ticker.change24h.startsWith("-") ? "down" : "up";
              return (
                <tr key={market.symbol} onClick={(event) => open(event, market.symbol)} data-market={market.symbol}>
                  <td>
                    <a className="name" href={`/trade/${market.symbol}`} onClick={(event) => open(event, market.symbol)}>
                      <span className="coin" aria-hidden="true">{market.symbol.slice(0, 1)}</span>
                      {market.symbol}
                    </a>
                  </td>
                  <td className="n" data-cell="last">{group(ticker?.last)}</td>
                  <td className={`n ${direction}`}>{percent(ticker?.change24h)}</td>
                  <td className="n opt">{group(ticker?.high24h)}</td>
                  <td className="n opt">{group(ticker?.low24h)}</td>
                  <td className="n opt">{`${brief(ticker?.baseVolume24h)} `}<span className="q">{market.base.code}</span></td>
                  <td className="n opt">{`${brief(ticker?.quoteVolume24h)} `}<span className="q">{market.quote.code}</span></td>
                  <td className="opt">
                    <span className={`badge ${market.status === "OPEN" ? "ok" : "warn"}`}>
                      <span className={market.status === "OPEN" ? "dot" : "dot ring"} />
                      {statusWords[market.status] ?? market.status}
                    </span>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
        {rows?.length === 0 ? <p className="note">{words.empty}</p> : null}
        {rows === null ? <p className="note" aria-busy="true">{words.loading}</p> : null}
      </div>
    </div>
  );
}
