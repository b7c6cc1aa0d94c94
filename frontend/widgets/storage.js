/* What a browser remembers of its person's choices; nothing here is secret, and without storage a choice lasts as long as the page. */

/** A remembered choice, or the fallback. */
export function recall(name, fallback) {
  try {
    const kept = localStorage.getItem(`rialto-${name}`);
    return kept === null ? fallback : JSON.parse(kept);
  } catch {
    return fallback;
  }
}

/** Remember a choice; null forgets it. */
export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(`rialto-${name}`);
    else localStorage.setItem(`rialto-${name}`, JSON.stringify(value));
  } catch {
    /* Without storage the choice lasts as long as the page. */
  }
}
