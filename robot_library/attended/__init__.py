"""The clerk's app: start a bot, watch it, review and sign what it drafted. For people who have never seen YAML.

app         the application out of its rooms: frame, language, sign-in
house       what pages ask: desk, files, people, whoever watches
rooms       what a room of pages is; each has its templates, words and static files beside its code
rights      roles and what each gives the right to
tongues     the languages there are, with their dates and numbers
door        the front door: what whoever is not in sees
people      who may come in: names, roles, passwords, invitations
startable   which bots may be started by hand, and by whom
start, orders, review   a room of pages each
"""
