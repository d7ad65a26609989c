"""What items leave behind: rows, journal, timeline, counts; and the read-only questions of pages and commands."""
