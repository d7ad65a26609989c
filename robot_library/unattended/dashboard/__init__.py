"""The operations dashboard: what bots do, what waits, what went wrong; and the few things a person may do about it.

    floor       what is shown and done here, asked of the engine's desk and of those who watch
    app         the application: every address with its page or act
    frame       what stands on every page: pages, counts, stopped lines
    overview, queue, items, troubles, bots, reconciled, health, stopping     a page, or a few that belong together, each
    sparks      small figures, drawn here
    looks       names and signs of states

Nothing is kept here, and nothing is shown that names a patient: payloads are never opened, pictures are those that
were masked when they were taken.
"""
