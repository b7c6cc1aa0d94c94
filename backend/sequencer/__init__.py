"""The one writer: a queue of commands, group commit into the journal, recovery, live views and the projector."""
