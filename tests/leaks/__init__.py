"""Looking for values where they must not be, however they were wrapped."""
