"""Report templates and what comes out of them."""
