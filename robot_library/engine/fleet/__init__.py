"""Several workers on one database: who is alive, who holds what, and what a worker that others believe lost may do."""
