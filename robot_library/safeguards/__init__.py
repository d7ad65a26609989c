"""What keeps patients safe: identity and state guards, acceptance, keys, sealed storage, credentials."""
