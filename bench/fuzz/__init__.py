"""Fuzzing: whatever bytes come in, a parser of ours answers, or refuses with an error of its own.

parsers   every parser, what it may raise, and right inputs to begin with
mutate    an input made from others
drive     one parser for so many seconds; what behaved in a new way is kept as a seed
kept      seeds in archives that belong to the repository
"""
