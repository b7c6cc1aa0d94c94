/* Amending an order in its row: the fields, and the buttons beside them. */
import { useEffect, useRef } from "react";
import { Sign } from "./signs.jsx";

/** What stands in the fields of a row, by their names. */
function gather(node) {
  const fields = node.closest("tr").querySelectorAll("input[data-amend]");
  return Object.fromEntries([...fields].map((field) => [field.dataset.amend, field.value]));
}

export function AmendField({ words, field, value, order, said, onSend, onLeave }) {
  const input = useRef(null);
  const note = `amend-${field}-${order}`;
  useEffect(() => {
    const fields = input.current.closest("tr").querySelectorAll("input[data-amend]");
    if (fields[0] === input.current) {
      input.current.focus();
      input.current.select();
    }
  }, []);
  const heard = (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    const row = input.current.closest("tr");
    if (event.key === "Enter") {
      onSend?.(order, gather(input.current));
    } else {
      onLeave?.();
      setTimeout(() => row.querySelector("[data-testid=amend]")?.focus(), 150);
    }
  };
  return (
    <span className="amend">
      <span className={said ? "box bad" : "box"}>
        <input className="n" ref={input} defaultValue={value} inputMode="decimal" autoComplete="off" aria-label={words.label} aria-invalid={Boolean(said)} aria-describedby={note} data-amend={field} onKeyDown={heard} />
      </span>
      {said ? (
        <span className="msg bad" id={note} role="alert">
          {said}
        </span>
      ) : null}
    </span>
  );
}

export function AmendActions({ words, order, said, onSend, onLeave }) {
  return (
    <>
      {said ? (
        <span className="msg bad" role="alert">
          {said}
        </span>
      ) : null}
      <button type="button" className="ico" aria-label={words.send} data-testid="send-amendment" onClick={(event) => onSend?.(order, gather(event.currentTarget))}>
        <Sign name="check" />
      </button>
      <button type="button" className="ico" aria-label={words.leave} onClick={() => onLeave?.()}>
        <Sign name="x" />
      </button>
    </>
  );
}
