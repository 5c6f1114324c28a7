"""The composer: reads a prompt and draws it as an illustrated 2.5D scene (an animatic, and it says so)."""
