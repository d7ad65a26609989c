"""The clerk's app: start a bot, watch it, review and sign what it drafted. For people who have never seen YAML.

app         the application out of its rooms: frame, language; its door, roles and rights are those of `people/`
house       what pages ask: desk, files, people, whoever watches
rooms       what a room of pages is; each has its templates, words and static files beside its code
tongues     the languages there are, with their dates and numbers
startable   which bots may be started by hand, and by whom
start, orders, review, signing, people   a room of pages each
"""
