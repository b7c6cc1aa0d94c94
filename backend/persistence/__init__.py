"""The SQL databases: tables, connections, migrations, the single writer's lock, and paged histories."""
