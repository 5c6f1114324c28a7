"""ComfyUI as an engine: hosts of our own, reached over HTTP and a websocket.

A ComfyUI has no log-in and lets anyone write files, so its address belongs in a private network: bound to loopback, or
behind a proxy that asks who is there. Its hosts are named by the operator, never by a caller.
"""
