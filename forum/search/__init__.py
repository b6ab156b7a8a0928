"""Finding posts again: one protocol, several backends, fed by an outbox."""
