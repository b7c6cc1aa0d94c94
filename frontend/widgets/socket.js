/* One socket for the page: its state, its subscriptions and the queries beside it. */
import { createClient } from "graphql-ws";

const STALE_AFTER_MS = 3000;
const RETRY_MS_MAX = 5000;
export const RESYNC_MS_MIN = 1000;
const REFUSED_MS_MAX = 30000;
const PING_MS = 2000;
const PONG_MS_MAX = 5000;
const WATCH_MS = 500;

/* ---- the connection, as the badge and the stale state show it ---- */

/* `silent`: the socket is open, but the server has not been heard for too long.
   `idle`: nobody follows anything, so that there is no socket and nothing that could be old. */
const connection = { live: false, idle: true, silent: false, since: 0, attempt: 0, latency: null, opened: 0 };
const watchers = new Set();
let followed = 0;
let staleTimer;

function announce() {
  for (const watcher of watchers) watcher({ ...connection });
}

function markStale(stale) {
  document.documentElement.dataset.feed = stale ? "stale" : "live";
}

/* When the server was heard last: a line can be dead for long before anybody closes it. */
let heard = 0;

function hear() {
  heard = Date.now();
  if (!connection.silent) return;
  Object.assign(connection, { live: true, silent: false, since: heard });
  markStale(false);
  announce();
}

setInterval(() => {
  if (!connection.live || Date.now() - heard < STALE_AFTER_MS) return;
  Object.assign(connection, { live: false, silent: true, since: heard });
  markStale(true);
  announce();
}, WATCH_MS);

function connected() {
  clearTimeout(staleTimer);
  heard = Date.now();
  connection.silent = false;
  Object.assign(connection, { live: true, idle: false, since: Date.now(), attempt: 0, opened: connection.opened + 1 });
  markStale(false);
  announce();
}

function closed() {
  connection.latency = null;
  if (followed === 0) {
    clearTimeout(staleTimer);
    Object.assign(connection, { live: false, idle: true, attempt: 0 });
    markStale(false);
    announce();
    return;
  }
  if (!connection.silent && (connection.live || connection.attempt === 0)) {
    connection.since = Date.now();
    clearTimeout(staleTimer);
    staleTimer = setTimeout(() => {
      markStale(true);
      announce();
    }, STALE_AFTER_MS);
  }
  connection.live = connection.silent = false;
  connection.attempt += 1;
  announce();
}

function begun() {
  followed += 1;
  if (!connection.idle) return;
  Object.assign(connection, { idle: false, since: Date.now() });
  announce();
}

/** Follow the connection; the watcher is called at once and with each change. */
export function watchConnection(watcher) {
  watchers.add(watcher);
  watcher({ ...connection });
  return () => watchers.delete(watcher);
}

/* ---- the socket ---- */

let socket = null;
let pinged = 0;
let pongTimer;
let leaving = false;
window.addEventListener("pagehide", () => (leaving = true));
window.addEventListener("pageshow", () => (leaving = false));

window.addEventListener("offline", () => socket?.close(4499, "offline"));

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const client = createClient({
  url: () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
  lazyCloseTimeout: 2000,
  keepAlive: PING_MS,
  connectionAckWaitTimeout: PONG_MS_MAX,
  retryAttempts: Infinity,
  shouldRetry: () => true,
  retryWait: (attempt) => pause(Math.min(RETRY_MS_MAX, 250 * 2 ** Math.min(attempt, 5)) * (0.5 + Math.random() / 2)),
  on: {
    connected: (opened) => {
      socket = opened;
      connected();
    },
    closed: () => {
      clearTimeout(pongTimer);
      if (!leaving) closed();
    },
    message: hear,
    ping: (received) => {
      if (received) return;
      pinged = performance.now();
      /* A dead line gives no close event, so an unanswered ping closes the socket. */
      clearTimeout(pongTimer);
      pongTimer = setTimeout(() => socket?.close(4408, "no pong"), PONG_MS_MAX);
    },
    pong: (received) => {
      if (!received) return;
      clearTimeout(pongTimer);
      connection.latency = Math.round(performance.now() - pinged);
      announce();
    },
  },
});

/**
 * Subscribe for good: a subscription that the server ends or refuses is asked for again.
 * `sink.next` gets the data, `sink.start` is called before the first message of each connection.
 */
export function follow(query, variables, sink) {
  let over = false;
  let stop = () => {};
  let opened = -1;
  let refusals = 0;
  let timer;
  const begin = () => {
    opened = -1;
    let retried = false;
    const again = () => {
      if (over || retried) return;
      retried = true;
      timer = setTimeout(begin, Math.min(REFUSED_MS_MAX, RESYNC_MS_MIN * 2 ** Math.min(refusals, 5)));
    };
    stop = client.subscribe(
      { query, variables },
      {
        next: ({ data, errors }) => {
          if (opened !== connection.opened) {
            opened = connection.opened;
            sink.start?.();
          }
          if (errors?.length) {
            sink.refused?.(errors);
          } else if (data) {
            refusals = 0;
            sink.next(data);
          }
        },
        error: (problem) => {
          refusals += 1;
          if (Array.isArray(problem)) sink.refused?.(problem);
          again();
        },
        complete: again,
      },
    );
  };
  begun();
  begin();
  return {
    end() {
      if (over) return;
      over = true;
      followed -= 1;
      clearTimeout(timer);
      stop();
    },
  };
}

/* ---- queries ---- */

export class Refused extends Error {
  constructor(errors) {
    super(errors.map((error) => error.message).join(" "));
    this.code = errors[0]?.extensions?.code ?? "INTERNAL";
    this.errors = errors;
  }
}

/** Ask the API once; the browser sends the session's cookie along. */
export async function ask(query, variables = {}) {
  const answer = await fetch("/graphql", {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  let body;
  try {
    body = await answer.json();
  } catch {
    throw new Refused([{ message: `The server answered ${answer.status}.`, extensions: { code: "UNAVAILABLE" } }]);
  }
  if (body.errors?.length) throw new Refused(body.errors);
  return body.data;
}

/** Ask until there is an answer; `still()` says whether anybody waits for it. */
export async function askUntil(still, query, variables) {
  for (let attempt = 0; still(); attempt += 1) {
    try {
      return await ask(query, variables);
    } catch (problem) {
      if (problem.code === "BAD_USER_INPUT") throw problem;
      await pause(Math.min(RETRY_MS_MAX, 500 * 2 ** Math.min(attempt, 4)));
    }
  }
  return null;
}

/* ---- shared sources ---- */

const sources = new Map();

/** A source lives while somebody listens. `make(publish)` starts it and returns {latest(), end()}. */
export function shared(key, listener, make) {
  let source = sources.get(key);
  if (!source) {
    source = { listeners: new Set() };
    sources.set(key, source);
    source.work = make((message) => {
      for (const listen of source.listeners) listen(message);
    });
  }
  source.listeners.add(listener);
  const latest = source.work.latest?.();
  if (latest !== undefined && latest !== null) listener(latest);
  return () => {
    source.listeners.delete(listener);
    if (source.listeners.size === 0 && sources.get(key) === source) {
      sources.delete(key);
      source.work.end();
    }
  };
}

/** A subscription with a query that fills the gaps: asked at the start and after each reconnection. */
export function withHistory({ query, subscription, variables, merge, update, publish, latest }) {
  let over = false;
  let loading = false;
  let asked = 0;
  const load = async () => {
    asked += 1;
    if (loading) return;
    loading = true;
    try {
      for (let answered = 0; answered !== asked && !over; ) {
        answered = asked;
        const data = await askUntil(() => !over, query, variables.query);
        if (data && !over) {
          merge(data);
          publish(latest());
        }
      }
    } catch (problem) {
      publish({ missing: problem.message });
    } finally {
      loading = false;
    }
  };
  const feed = follow(subscription, variables.subscription, {
    next: (data) => {
      update(data);
      publish(latest());
    },
  });
  let seen = connection.opened;
  const unwatch = watchConnection((now) => {
    if (now.opened === seen) return;
    seen = now.opened;
    load();
  });
  load();
  return {
    latest,
    end() {
      over = true;
      unwatch();
      feed.end();
    },
  };
}

