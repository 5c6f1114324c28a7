"""ElevenLabs: speech, sounds, music, transcripts."""
