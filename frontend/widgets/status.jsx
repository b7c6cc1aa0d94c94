/* A market's status, and the state of the connection. */
import { useEffect, useRef, useState } from "react";
import { useParams } from "react-router";
import { bookSequence, watchStanding } from "./feed.js";
import { useMarket } from "./hooks.js";
import { clock, group, zone } from "./numbers.js";
import { ask, watchConnection } from "./socket.js";

/** How old the prices are, in whole seconds, or null while the connection lives. */
export function useAge() {
  const [age, setAge] = useState(null);
  useEffect(() => {
    let timer;
    const stop = watchConnection((connection) => {
      clearInterval(timer);
      const show = () => {
        const seconds = Math.floor((Date.now() - connection.since) / 1000);
        setAge(connection.live || connection.idle || !connection.opened || seconds < 3 ? null : seconds);
      };
      show();
      if (!connection.live && !connection.idle) timer = setInterval(show, 1000);
    });
    return () => {
      clearInterval(timer);
      stop();
    };
  }, []);
  return age;
}

export function StatusBadge({ status, words, reason }) {
  const age = useAge();
  if (age !== null) {
    return (
      <span className="badge warn state">
        <span className="dot ring" />
        {words.stale.replace("{seconds}", age)}
      </span>
    );
  }
  if (!status) return <span className="badge state">–</span>;
  const open = status === "OPEN";
  return (
    <span className={`badge ${open ? "ok" : "warn"} state`} title={reason ?? undefined} data-testid="status" data-status={status}>
      <span className={open ? "dot" : "dot ring"} />
      {words[status] ?? status}
    </span>
  );
}

/** The status of a market with what an operator said about it; an open one needs no reason. */
export function Standing({ standing, words }) {
  if (!standing) return <span className="badge state">–</span>;
  const status = standing.halted ? "EXCHANGE_HALTED" : standing.status;
  const reason = standing.halted ? standing.haltReason : standing.statusReason;
  return (
    <>
      <StatusBadge status={status} words={words} reason={reason} />
      {status !== "OPEN" && reason ? (
        <span className="why m" title={reason} data-testid="status-reason">
          {reason}
        </span>
      ) : null}
    </>
  );
}

/** Without a face: tells the ticket when orders are taken in another way than before. */
export function StatusWatch({ onChange }) {
  const { symbol } = useParams();
  const report = useRef(onChange);
  report.current = onChange;
  useEffect(() => {
    let told = null;
    return watchStanding((found) => {
      const now = JSON.stringify(found.get(symbol) ?? null);
      if (now !== told) report.current?.();
      told = now;
    });
  }, [symbol]);
  return null;
}

export function Connection({ words }) {
  const [connection, setConnection] = useState(null);
  useEffect(() => watchConnection(setConnection), []);
  if (!connection || connection.idle) return null;
  const live = connection.live;
  const started = connection.opened > 0;
  return (
    <span className="row" role="status">
      <span className={`row ${live ? "ok" : started ? "warn" : ""}`} data-testid="connection" data-live={live ? "yes" : "no"}>
        <span className={live ? "dot" : "dot ring"} />
        {live ? words.live : started ? words.reconnecting.replace("{attempt}", connection.attempt) : words.connecting}
      </span>
      {live && connection.latency !== null ? <span aria-hidden="true">{`${connection.latency} ms`}</span> : null}
    </span>
  );
}

/** How many markets are open, asked once. */
export function MarketsOpen({ words }) {
  const [open, setOpen] = useState(null);
  useEffect(() => {
    let gone = false;
    ask("query Open { markets { status } }").then(
      ({ markets }) => gone || setOpen({ all: markets.length, open: markets.filter(({ status }) => status === "OPEN").length }),
      () => {},
    );
    return () => {
      gone = true;
    };
  }, []);
  if (!open?.all) return null;
  const whole = open.open === open.all;
  return (
    <span className={`row ${whole ? "ok" : "warn"}`}>
      <span className={whole ? "dot" : "dot ring"} />
      {whole ? words.all_open : words.some_open.replace("{open}", open.open).replace("{all}", open.all)}
    </span>
  );
}

/** The time, in the zone of every other time here; what a reader would hear each second is kept from them. */
export function Clock() {
  const [now, setNow] = useState(null);
  useEffect(() => {
    const tick = () => setNow(new Date().toISOString());
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, []);
  return now && <span className="q" aria-hidden="true">{`${clock(now)} ${zone()}`}</span>;
}

/** The sequence of the last change of the book on this page. */
export function Sequence({ words }) {
  const market = useMarket();
  const [sequence, setSequence] = useState(null);
  useEffect(() => {
    if (!market) return undefined;
    const timer = setInterval(() => setSequence(bookSequence(market.symbol)), 500);
    return () => clearInterval(timer);
  }, [market]);
  return sequence === null ? null : <span className="q" data-testid="sequence">{`${words.sequence} ${group(String(sequence))}`}</span>;
}
