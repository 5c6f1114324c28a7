"""Sound effects by synthesis: filtered noise, ringing modes, falling tones, strewn grains."""
