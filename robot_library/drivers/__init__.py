"""Drivers: what moves a screen. One folder per platform; each heavy library stays in its folder."""
