"""The server side of Rialto: engine, sequencer, market data, accounts and the GraphQL API."""
