"""The embedded language model: `engine.LocalText` in the server, the model itself in a child process."""
