/* The sheet in which a market is found: opened by its name or by "/", favorites first. */
import { useEffect, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { watchMarkets } from "./feed.js";
import { useFrame } from "./hooks.js";
import { free } from "./keys.jsx";
import { group, percent } from "./numbers.js";
import { Sign } from "./signs.jsx";
import { recall, remember } from "./storage.js";

const FAVORITES = "favourites";
const kept = () => {
  const found = recall(FAVORITES, []);
  return Array.isArray(found) ? found.filter((symbol) => typeof symbol === "string") : [];
};

function useRows(open) {
  const latest = useRef(null);
  const [rows, setRows] = useState([]);
  const draw = useFrame(() => setRows(latest.current ?? []));
  useEffect(() => {
    if (!open) return undefined;
    return watchMarkets((message) => {
      if (Array.isArray(message)) latest.current = message.map((row) => ({ ...row }));
      draw();
    });
  }, [open]);
  return rows;
}

function Row({ row, chosen, favorite, words, onOpen, onStar, onPoint }) {
  const { market, ticker } = row;
  const direction = !ticker?.change24h ? "" : ticker.change24h.startsWith("-") ? "down" : "up";
  return (
    <li className={chosen ? "on" : ""} onMouseMove={onPoint}>
      <button type="button" className="ico" aria-pressed={favorite} aria-label={`${words.favorite}: ${market.symbol}`} onClick={onStar} data-star={market.symbol}>
        <Sign name="star" />
      </button>
      <a href={`/trade/${market.symbol}`} id={`pick-${market.symbol}`} data-pick={market.symbol} onClick={onOpen}>
        <span className="b">{market.symbol}</span>
        <span className="n">{group(ticker?.last)}</span>
        <span className={`n ${direction}`}>{percent(ticker?.change24h)}</span>
      </a>
    </li>
  );
}

export function MarketPicker({ symbol, words }) {
  const navigate = useNavigate();
  const dialog = useRef(null);
  const field = useRef(null);
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const [favorites, setFavorites] = useState(kept);
  const rows = useRows(open);

  const show = () => {
    if (dialog.current.open) return;
    setFavorites(kept());
    setTyped("");
    setAt(0);
    setOpen(true);
    dialog.current.showModal();
    field.current.focus();
  };
  useEffect(() => {
    const heard = (event) => {
      if (event.key !== "/" || !free(event)) return;
      event.preventDefault();
      show();
    };
    addEventListener("keydown", heard);
    return () => removeEventListener("keydown", heard);
  }, []);

  const found = useMemo(() => {
    const wanted = typed.trim().toUpperCase().replace(/[\s/]+/g, "-");
    const value = (row) => Number(row.ticker?.quoteVolume24h ?? 0);
    const rank = (row) => (favorites.includes(row.market.symbol) ? 0 : 1);
    return rows.filter(({ market }) => market.symbol.includes(wanted)).toSorted((a, b) => rank(a) - rank(b) || value(b) - value(a));
  }, [rows, typed, favorites]);

  const go = (event, target) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    dialog.current.close();
    if (target !== symbol) navigate(`/trade/${target}`);
  };
  const star = (target) => {
    const next = favorites.includes(target) ? favorites.filter((name) => name !== target) : [...favorites, target];
    setFavorites(next);
    remember(FAVORITES, next);
  };
  const move = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt(Math.max(0, Math.min(found.length - 1, at + step)));
    } else if (event.key === "Enter" && found[at]) {
      go(event, found[at].market.symbol);
    }
  };

  return (
    <>
      <button type="button" className="pick" aria-haspopup="dialog" onClick={show} data-testid="market-name">
        <span className="coin" aria-hidden="true">{symbol.slice(0, 1)}</span>
        {symbol}
        <span className="sr">{`, ${words.change_market}`}</span>
        <Sign name="down" />
      </button>
      <dialog className="sheet" ref={dialog} aria-label={words.choose} onClose={() => setOpen(false)} onClick={(event) => event.target === dialog.current && dialog.current.close()} data-testid="market-picker">
        <div className="find">
          <Sign name="search" />
          <input
            ref={field}
            type="search"
            value={typed}
            placeholder={words.search}
            aria-label={words.search}
            aria-controls="pick-list"
            aria-activedescendant={found[at] ? `pick-${found[at].market.symbol}` : undefined}
            autoComplete="off"
            onChange={(event) => {
              setTyped(event.target.value);
              setAt(0);
            }}
            onKeyDown={move}
          />
          <button type="button" className="ico" aria-label={words.close} onClick={() => dialog.current.close()}>
            <Sign name="x" />
          </button>
        </div>
        <ul id="pick-list">
          {found.map((row, index) => {
            const name = row.market.symbol;
            return <Row key={name} row={row} words={words} chosen={index === at} favorite={favorites.includes(name)} onOpen={(event) => go(event, name)} onStar={() => star(name)} onPoint={() => setAt(index)} />;
          })}
        </ul>
        {open && rows.length > 0 && found.length === 0 ? <p className="note">{words.nothing_found}</p> : null}
      </dialog>
    </>
  );
}
