"""The people of a site: who they are, what they may do, and how they come in. Of the clerk's app and the dashboard
alike, so that a person has one account, one set of roles and one count of refused tries.

rights      roles, and what each may in either application
book        who there is, in a file of its own
passwords   what a password must be, how it is kept, codes of an authenticator
door        the front door: what whoever is not in sees, and the ways in
entrances   links and sessions of either application
provider    the hospital's own sign-in
proving     who decides something proves at that moment who they are
manage      what is done to people, told to the audit trail
refused     why somebody does not come in
"""
