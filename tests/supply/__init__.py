"""What is shipped with wetread, and what it brings along."""
