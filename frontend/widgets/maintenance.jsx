/* What is wrong when the exchange is not ready, and since when; goes on by itself. */
import { useEffect, useRef, useState } from "react";
import { clock } from "./numbers.js";

const LOOK_MS = 3000;
const GLANCE_MS = 30000;

/** The reasons why the exchange is not ready: null when it is ready, "silent" when nobody answers. */
async function look() {
  try {
    const answer = await fetch("/readyz", { cache: "no-store" });
    if (answer.ok) return null;
    const body = await answer.json();
    return Object.entries(body.reasons ?? {});
  } catch {
    return "silent";
  }
}

function useReadiness(every) {
  const [found, setFound] = useState(undefined);
  const since = useRef(null);
  useEffect(() => {
    let gone = false;
    let timer;
    const go = async () => {
      const reasons = await look();
      if (gone) return;
      if (reasons !== null) since.current ??= new Date().toISOString();
      setFound(reasons);
      timer = setTimeout(go, every);
    };
    go();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, []);
  return [found, since.current];
}

export function Maintenance({ words }) {
  const [found, since] = useReadiness(LOOK_MS);
  if (found === undefined) return <p className="note" aria-busy="true">{words.checking}</p>;
  if (found === null) {
    return (
      <div className="card note row" role="status">
        <p>{words.ready}</p>
        <a className="btn" href="/">{words.back}</a>
      </div>
    );
  }
  const reasons = found === "silent" ? [["", words.silent]] : found;
  return (
    <div className="card note stack" data-testid="maintenance">
      <ul aria-label={words.more}>
        {reasons.map(([part, reason]) => (
          <li key={part}>{part ? `${part}: ${reason}` : reason}</li>
        ))}
      </ul>
      <p>{words.safe}</p>
      <p className="q">{words.since.replace("{time}", clock(since))}</p>
    </div>
  );
}

/** A line at the top of every page while the exchange answers that it is not ready. */
export function NotReady({ words }) {
  const [found] = useReadiness(GLANCE_MS);
  if (!Array.isArray(found)) return null;
  return (
    <p className="banner" role="status">
      {words.heading} <a className="link" href="/maintenance">{words.more}</a>
    </p>
  );
}
