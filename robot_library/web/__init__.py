"""What every page of ours stands on: who may come in, headers, forms, templates, static files, events.

    doors     one-time links and sessions, kept in a file of their own
    rights    roles, and what each may do
    walls     the outermost: Host, Origin, security headers
    shell     an application out of pages: sign-in, forms with their tokens, errors
    pages     templates with the words of one language
    languages which language a person reads
    static    files with their tags
    live      server-sent events: what has changed

It knows nothing of bots, engines or patients.
"""
