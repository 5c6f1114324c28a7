"""Speech freed from noise, in recordings and in the sound of clips."""
