"""The pages of people: one's own sign-in, and everybody's for whoever manages them.

me          the page of one's own sign-in
listed      the page of everybody, for whoever manages them
"""
