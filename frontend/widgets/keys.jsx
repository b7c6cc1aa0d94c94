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
const FAST = 10;

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

/* In a field the arrows move what stands there; Escape leaves it. */
function inField(event, onStep) {
  const field = event.target;
  if (event.key === "Escape") {
    field.blur();
    return;
  }
  const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const typed = field.value;
  // What was typed is told first: told later, as the field does by itself, it would undo the step.
  field.blur();
  field.focus();
  onStep?.(field.id, typed, step * (event.shiftKey ? FAST : 1));
}

export function TradeKeys({ onStep }) {
  const step = useRef(onStep);
  step.current = onStep;
  useEffect(() => {
    const heard = (event) => {
      if (event.target.id === "price" || event.target.id === "amount") {
        inField(event, step.current);
        return;
      }
      if (!free(event)) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if (key === "x" && !event.shiftKey) {
        event.target.closest?.("[data-order]")?.querySelector("button")?.click();
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
    const { dataset } = document.getElementById("main");
    dataset.listening = "yes";
    return () => {
      removeEventListener("keydown", heard);
      delete dataset.listening;
    };
  }, []);
  return null;
}
