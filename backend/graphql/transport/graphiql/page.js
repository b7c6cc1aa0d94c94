// Starts GraphiQL against this server: requests by POST, subscriptions by graphql-transport-ws.
"use strict";

const url = new URL("/graphql", window.location.href);
const socketUrl = new URL(url);
socketUrl.protocol = url.protocol === "https:" ? "wss:" : "ws:";

// The socket sees the Authorization header of GraphiQL's header editor as it was when the socket opened.
let headers = {};
const wsClient = graphqlWs.createClient({
  url: socketUrl.href,
  connectionParams: () => headers,
});

// GraphiQL's own fetcher asks the parsed document which transport to take, but GraphiQL parses a moment after each edit:
// who pastes a subscription and runs it at once would have it sent by POST. So the text that is sent decides.
function isSubscription({ query, operationName }) {
  const bare = query.replace(/"""[^]*?"""|"(?:\\.|[^"\\\n])*"|#[^\n\r]*/g, " ");
  const operations = [];
  let depth = 0;
  for (const [token] of bare.matchAll(/[{}()]|[_A-Za-z]\w*/g)) {
    if (token === "{" || token === "(") depth += 1;
    else if (token === "}" || token === ")") depth -= 1;
    else if (depth === 0) operations.push(token);
  }
  return operations.some(
    (word, index) => word === "subscription" && (!operationName || operations[index + 1] === operationName),
  );
}

const post = GraphiQL.createFetcher({ url: url.href });

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: (params, options) => {
      headers = (options && options.headers) || {};
      if (!isSubscription(params)) return post(params, { headers });
      return { subscribe: (observer) => ({ unsubscribe: wsClient.subscribe(params, observer) }) };
    },
    defaultQuery: "{\n  status { version time sequence }\n}\n",
  }),
);
