/* Without a face: what the keyboard finds everywhere, arrows within tabs and choices, and a place to go on after a row has left. */
import { useEffect } from "react";

const GROUPS = { tablist: "[role=tab]", radiogroup: "[role=radio]" };
const ROW_SECONDS_MAX = 10;

/** The next one of a group for a key, or undefined when the key means something else. */
function neighbour(members, at, key, backwards) {
  const step = { ArrowRight: backwards ? -1 : 1, ArrowLeft: backwards ? 1 : -1 }[key];
  if (step) return members[(at + step + members.length) % members.length];
  return { Home: members[0], End: members.at(-1) }[key];
}

function walk(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const group = event.target.closest?.("[role=tablist], [role=radiogroup]");
  if (!group) return;
  const kind = GROUPS[group.getAttribute("role")];
  const members = [...group.querySelectorAll(kind)];
  const at = members.indexOf(event.target.closest(kind));
  const next = at < 0 ? undefined : neighbour(members, at, event.key, getComputedStyle(group).direction === "rtl");
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.click();
}

/* A row that was canceled takes the focus with it: the next row gets it, then the one before, then the tab of the list. */
function follow(event) {
  const row = event.target.closest?.("tr[data-order]");
  if (!row || !event.target.closest("[data-testid=cancel]")) return;
  const body = row.parentElement;
  const panel = row.closest("[role=tabpanel]");
  const near = [...body.children].slice([...body.children].indexOf(row) + 1).concat([...body.children].slice(0, [...body.children].indexOf(row)).reverse());
  const watch = new MutationObserver(() => {
    if (row.isConnected) return;
    end();
    if (document.activeElement !== document.body) return;
    const next = near.find((other) => other.isConnected)?.querySelector("[data-testid=cancel]");
    (next ?? document.querySelector(`[role=tab][aria-selected=true][aria-controls=${panel?.id}]`))?.focus();
  });
  const timer = setTimeout(() => end(), ROW_SECONDS_MAX * 1000);
  const end = () => {
    clearTimeout(timer);
    watch.disconnect();
  };
  watch.observe(panel ?? document.body, { childList: true, subtree: true });
}

export function Patterns() {
  useEffect(() => {
    addEventListener("keydown", walk);
    addEventListener("click", follow);
    return () => {
      removeEventListener("keydown", walk);
      removeEventListener("click", follow);
    };
  }, []);
  return null;
}
