"""The web app: a client of the public GraphQL API, and of nothing else in this project."""
