"""The office: sets bots going, keeps workers alive, tells people. It opens no screens and types nothing."""
