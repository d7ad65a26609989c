"""What people decide and are asked: reviews, releases, approvals, pauses, steps done by hand, what was wrong."""
