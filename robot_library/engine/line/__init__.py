"""What may run now: switches, opening hours, paces, seats, sign-ins, outages, permission to go live."""
