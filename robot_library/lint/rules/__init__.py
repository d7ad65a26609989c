"""The rules. One a file: the docstring is its reference entry, RULE is what runs."""
