"""The people of a site: who they are, what they may do, and what they prove it with.

book        who there is, in a file of its own
passwords   what a password must be, how it is kept, codes of an authenticator
me          the page of one's own sign-in
"""
