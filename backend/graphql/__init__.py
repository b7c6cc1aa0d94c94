"""The public GraphQL API: one module per domain, and the transport that serves the schema."""
