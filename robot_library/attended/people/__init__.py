"""The people of a site: who they are, what they may do, and what they prove it with.

book        who there is, in a file of its own
passwords   what a password must be, how it is kept, codes of an authenticator
me          the page of one's own sign-in
manage      what is done to people, told to the audit trail
listed      the page of everybody, for whoever manages them
refused     why somebody does not come in
"""
