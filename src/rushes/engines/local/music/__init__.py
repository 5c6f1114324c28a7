"""Music and sound effects from text: a plan is read, notes are composed, instruments and effects are rendered."""
