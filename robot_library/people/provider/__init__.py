"""The hospital's own sign-in (OpenID Connect), as another way in beside the accounts kept here.

tokens    an ID token, held against everything that may be wrong with it
talks     what is asked of the provider: where it is, its keys, a token for a code
again     for one decision: the proof anew
way       the two addresses: going there, and coming back
"""
