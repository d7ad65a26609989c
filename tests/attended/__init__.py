"""The clerk's app: people, start, watch."""
