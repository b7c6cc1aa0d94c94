/* The keyboard of the Trade page: single keys press what is on the page, so that both always do the same. */
import { useEffect, useRef } from "react";

const PRESS = {
  b: "[data-side=buy]",
  s: "[data-side=sell]",
  l: "[data-kind=limit]",
  m: "[data-kind=market]",
  "[": "[data-key=finer]",
  "]": "[data-key=coarser]",
};
const FOCUS = { p: "#price", a: "#amount" };
const FIELDS = new Set(["price", "amount", "stop", "stop_limit", "trail", "visible"]);
const FAST = 10;
const GATHER_MS = 50;

/** Whether a key is free to mean something: nobody types, no dialog is open, and single keys are not switched off. */
export function free(event) {
  const typing = event.target.closest?.("input:not([type=checkbox], [type=range]), select, textarea, [contenteditable=true]");
  const off = document.documentElement.dataset.keys === "off";
  return !(event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing || off || document.querySelector("dialog[open]"));
}

const press = (selector) => {
  const found = document.querySelector(`#main ${selector}`);
  if (!found || found.disabled) return false;
  found.click();
  return true;
};

/* Steps of a key that is held down go to the server together: one by one they would outlast the key on a slow line. */
function stepper(tell) {
  let waiting = null;
  let timer = null;
  const flush = () => {
    clearTimeout(timer);
    timer = null;
    if (waiting) tell(waiting.field, waiting.count);
    waiting = null;
  };
  return {
    flush,
    add(field, count) {
      if (waiting && waiting.field !== field) flush();
      waiting = { field, count: (waiting?.count ?? 0) + count };
      timer ??= setTimeout(flush, GATHER_MS);
    },
  };
}

/* In a field the arrows move what the server knows of it, which is ahead of what the field shows; Escape leaves it. */
function inField(event, typed, steps) {
  const field = event.target;
  if (event.key === "Escape") {
    field.blur();
    return;
  }
  const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (typed.delete(field.id)) {
    // What was typed is told first: told later, as the field does by itself, it would undo the step.
    field.blur();
    field.focus();
  }
  steps.add(field.id, step * (event.shiftKey ? FAST : 1));
}

export function TradeKeys({ onStep, onClear }) {
  const step = useRef(onStep);
  step.current = onStep;
  const clear = useRef(onClear);
  clear.current = onClear;
  useEffect(() => {
    const steps = stepper((field, count) => step.current?.(field, count));
    const typed = new Set();
    const wrote = ({ target }) => {
      if (!FIELDS.has(target.id)) return;
      steps.flush();
      typed.add(target.id);
    };
    const heard = (event) => {
      if (FIELDS.has(event.target.id)) {
        inField(event, typed, steps);
        return;
      }
      if (!free(event)) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if (key === "x") {
        if (event.shiftKey) press("[data-key=cancel-all]");
        else event.target.closest?.("[data-order]")?.querySelector("[data-testid=cancel]")?.click();
      } else if (key === "Escape") {
        if (!event.target.closest?.(".ladder") && !document.querySelector("#main[data-sheet=open]")) clear.current?.();
      } else if (PRESS[key]) {
        if (press(PRESS[key])) event.preventDefault();
      } else if (FOCUS[key]) {
        const field = document.querySelector(FOCUS[key]);
        if (!field) return;
        event.preventDefault();
        field.focus();
        field.select();
      }
    };
    addEventListener("keydown", heard);
    addEventListener("input", wrote, { capture: true });
    const { dataset } = document.getElementById("main");
    dataset.listening = "yes";
    return () => {
      removeEventListener("keydown", heard);
      removeEventListener("input", wrote, { capture: true });
      steps.flush();
      delete dataset.listening;
    };
  }, []);
  return null;
}
