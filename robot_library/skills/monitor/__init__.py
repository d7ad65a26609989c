"""What skills say in daily use, and whether it is still what was measured.

    records      what is kept of an answer and of a person's correction: no identity, no free text
    store        an append-only table of them (SQLite)
    watch        around the skill host and the acceptance guard: writes the records, runs a challenger silently
    reference    how answers, headers and pixels were distributed when the skill was measured (drift.json)
    drift        the newest answers against the reference: ok, warn, stop, or too few to say
    truth        what signed reports say → corrections
    feedback     corrected cases → labels.csv with pictures, for training and for evaluation
    compare      champion against challenger on the same images
    versions     switch to the challenger, roll back to the earlier version

Nothing is imported here, so that naming the room costs nothing.
"""
