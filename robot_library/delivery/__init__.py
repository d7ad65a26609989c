"""Brings released reports to whoever is to get them: who that is, what each gets, and that it arrives, once."""
