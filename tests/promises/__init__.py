"""One file a promise: ways to break it through the whole bot, each tried."""
