/* What the components follow: one source per market and kind, shared by every component of the page. */
import { Book } from "./book.js";
import { ask, askUntil, follow, RESYNC_MS_MIN, shared, watchConnection, withHistory } from "./socket.js";

/* ---- markets and tickers ---- */

const TICKER = "market last bid ask open24h high24h low24h baseVolume24h quoteVolume24h change24h indicativePrice indicativeQuantity sequence";
const MARKET = "symbol status statusReason tickSize lotSize base { code decimals } quote { code decimals }";
const markets = new Map();

/** What a market is: null when there is none of that name. */
export function market(symbol) {
  if (!markets.has(symbol)) {
    const query = `query Market($symbol: String!) { market(symbol: $symbol) { ${MARKET} } }`;
    const answer = askUntil(() => true, query, { symbol }).then((data) => data.market);
    markets.set(symbol, answer);
    answer.then((found) => found ?? markets.delete(symbol), () => markets.delete(symbol));
  }
  return markets.get(symbol);
}

const STANDING_MS = 5000;
const STANDING = "query Standing { status { halted haltReason } markets { symbol status statusReason auctionEndsAt } }";
const lookers = new Set();

/** Every market's status by its symbol, and whether all are halted: asked now and then, and when an auction shows itself. */
export function watchStanding(listener) {
  return shared("standing", listener, (publish) => {
    let latest = null;
    let told = "";
    const load = async () => {
      if (document.hidden && latest) return;
      const data = await ask(STANDING).catch(() => null);
      const text = JSON.stringify(data);
      if (!data || text === told) return;
      told = text;
      latest = new Map(data.markets.map((found) => [found.symbol, { ...found, ...data.status }]));
      publish(latest);
    };
    load();
    const timer = setInterval(load, STANDING_MS);
    lookers.add(load);
    document.addEventListener("visibilitychange", load);
    return {
      latest: () => latest,
      end() {
        clearInterval(timer);
        lookers.delete(load);
        document.removeEventListener("visibilitychange", load);
      },
    };
  });
}

/* An auction that begins or ends changes what a ticker tells; the reason for it must be asked for. */
function compare(before, after) {
  if (before && (before.indicativePrice === null) !== (after.indicativePrice === null)) for (const look of lookers) look();
}

/** Every market with its ticker: `listener([{market, ticker}, …])`. */
export function watchMarkets(listener) {
  return shared("markets", listener, (publish) => {
    const rows = new Map();
    const place = (ticker) => {
      const row = rows.get(ticker.market);
      if (!row || row.ticker?.sequence > ticker.sequence) return;
      compare(row.ticker, ticker);
      row.ticker = ticker;
    };
    return withHistory({
      query: `query Markets { markets { ${MARKET} ticker { ${TICKER} } } }`,
      subscription: `subscription Tickers { tickers { ${TICKER} } }`,
      variables: {},
      merge: (data) => {
        for (const { ticker, ...found } of data.markets) {
          const row = rows.get(found.symbol);
          rows.set(found.symbol, { market: found, ticker: row?.ticker ?? ticker });
          place(ticker);
        }
      },
      update: (data) => place(data.tickers),
      publish,
      latest: () => (rows.size ? [...rows.values()] : null),
    });
  });
}

/** One market's ticker. */
export function watchTicker(symbol, listener) {
  return shared(`ticker ${symbol}`, listener, (publish) => {
    let ticker = null;
    const place = (next) => {
      if (!next || ticker?.sequence > next.sequence) return;
      compare(ticker, next);
      ticker = next;
    };
    return withHistory({
      query: `query Ticker($symbol: String!) { market(symbol: $symbol) { ticker { ${TICKER} } } }`,
      subscription: `subscription Ticker($symbol: String!) { tickers(market: $symbol) { ${TICKER} } }`,
      variables: { query: { symbol }, subscription: { symbol } },
      merge: (data) => place(data.market?.ticker),
      update: (data) => place(data.tickers),
      publish,
      latest: () => ticker,
    });
  });
}

/* ---- trades and candles ---- */

const TRADE = "id sequence price quantity takerSide time";
const TAPE_LENGTH = 60;

/** The newest trades, newest first. */
export function watchTrades(symbol, listener) {
  return shared(`trades ${symbol}`, listener, (publish) => {
    let trades = null;
    const add = (found) => {
      const known = new Map((trades ?? []).map((trade) => [trade.id, trade]));
      for (const trade of found) known.set(trade.id, trade);
      trades = [...known.values()].sort((a, b) => b.sequence - a.sequence).slice(0, TAPE_LENGTH);
    };
    return withHistory({
      query: `query Trades($symbol: String!) { trades(market: $symbol, first: ${TAPE_LENGTH}) { edges { node { ${TRADE} } } } }`,
      subscription: `subscription Trades($symbol: String!) { trades(market: $symbol) { ${TRADE} } }`,
      variables: { query: { symbol }, subscription: { symbol } },
      merge: (data) => add(data.trades.edges.map((edge) => edge.node)),
      update: (data) => {
        trades = [data.trades, ...(trades ?? []).filter((trade) => trade.id !== data.trades.id)].slice(0, TAPE_LENGTH);
      },
      publish,
      latest: () => trades,
    });
  });
}

const CANDLE = "start open high low close baseVolume closed";
const CANDLES = 500;

/** Candles of one interval: `listener({all: true, candles})` after a load, then `{all: false, candles: [one]}`. */
export function watchCandles(symbol, interval, listener) {
  return shared(`candles ${symbol} ${interval}`, listener, (publish) => {
    const candles = new Map();
    let loaded = false;
    let message = null;
    const everything = () => ({ all: true, candles: [...candles.values()].sort((a, b) => (a.start < b.start ? -1 : 1)) });
    const work = withHistory({
      query: `query Candles($symbol: String!, $interval: CandleInterval!) { candles(market: $symbol, interval: $interval, limit: ${CANDLES}) { ${CANDLE} } }`,
      subscription: `subscription Candles($symbol: String!, $interval: CandleInterval!) { candles(market: $symbol, interval: $interval) { ${CANDLE} } }`,
      variables: { query: { symbol, interval }, subscription: { symbol, interval } },
      merge: (data) => {
        const live = loaded ? null : [...candles.values()];
        for (const candle of data.candles) candles.set(candle.start, candle);
        for (const candle of live ?? []) candles.set(candle.start, candle);
        loaded = true;
        message = everything();
      },
      update: (data) => {
        candles.set(data.candles.start, data.candles);
        message = loaded ? { all: false, candles: [data.candles] } : null;
      },
      publish: (next) => next && publish(next),
      latest: () => message,
    });
    return { ...work, latest: () => (loaded ? everything() : null) };
  });
}

/* ---- the order book ---- */

const LEVELS = "price quantity orders";

const sequences = new Map();

/** The sequence of the last change of a market's book that this page has seen, of whatever depth. */
export const bookSequence = (symbol) => sequences.get(symbol) ?? null;

/** A market's book: `listener(book)` after each change, `listener({gap: true})` while a fresh one is loaded. */
export function watchBook(symbol, depth, listener) {
  return shared(`book ${symbol} ${depth}`, listener, (publish) => {
    const book = new Book();
    let resynced = 0;
    let waiting = false;
    const query = `subscription Book($symbol: String!) { orderBook(market: $symbol, depth: ${depth}) {
      isSnapshot sequence previousSequence checksum bids { ${LEVELS} } asks { ${LEVELS} } } }`;
    let feed = null;
    const begin = () => {
      waiting = false;
      book.reset();
      feed = follow(query, { symbol }, {
        start: () => book.reset(),
        refused: (errors) => publish({ missing: errors[0].message }),
        next: (data) => {
          if (waiting) return;
          if (book.apply(data.orderBook)) {
            sequences.set(symbol, book.sequence);
            publish(book);
            return;
          }
          waiting = true;
          publish({ gap: true });
          feed.end();
          const wait = Math.max(0, resynced + RESYNC_MS_MIN - Date.now());
          resynced = Date.now() + wait;
          timer = setTimeout(begin, wait);
        },
      });
    };
    let timer;
    begin();
    return {
      latest: () => (book.sequence >= 0 ? book : null),
      end() {
        clearTimeout(timer);
        feed.end();
      },
    };
  });
}

/* ---- the user's own ---- */

/** Calls `changed()` when the signed-in user's orders or balances change, and after each reconnection. */
export function watchAccount(changed) {
  return shared("account", changed, (publish) => {
    const tell = () => publish();
    const feeds = [
      follow("subscription { orderUpdates { sequence index } }", {}, { next: tell, refused: tell }),
      follow("subscription { balanceUpdates { sequence } }", {}, { next: tell, refused: tell }),
    ];
    let seen = null;
    const unwatch = watchConnection((now) => {
      if (seen !== null && now.opened !== seen) tell();
      seen = now.opened;
    });
    return {
      end() {
        unwatch();
        for (const feed of feeds) feed.end();
      },
    };
  });
}

const FILLS = 100;

/** The signed-in user's newest fills in a market, for the marks on chart and tape: asked anew as orders change. */
export function watchFills(symbol, listener) {
  return shared(`fills ${symbol}`, listener, (publish) => {
    let fills = null;
    let over = false;
    let asked = 0;
    let timer = null;
    const query = `query Fills($symbol: String!) { viewer { fills(market: $symbol, first: ${FILLS}) { edges { node { id tradeId side time } } } } }`;
    const load = async () => {
      timer = null;
      asked = Date.now();
      const data = await askUntil(() => !over, query, { symbol }).catch(() => null);
      if (!data || over) return;
      fills = (data.viewer?.fills.edges ?? []).map((edge) => edge.node);
      publish(fills);
    };
    const soon = () => {
      timer ??= setTimeout(load, Math.max(0, asked + RESYNC_MS_MIN - Date.now()));
    };
    soon();
    const stop = watchAccount(soon);
    return {
      latest: () => fills,
      end() {
        over = true;
        clearTimeout(timer);
        stop();
      },
    };
  });
}
