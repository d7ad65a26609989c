"""From an author's file to a checked model: YAML with a place on every node, expressions, typed parameters."""
