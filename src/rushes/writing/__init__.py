"""Writing tasks on a text engine: prompts made of ideas, shots made of scripts, translations of short texts.

Each does its work by rules of its own where no engine answers; translation alone says that it cannot.
"""

from rushes.writing.asking import Ask, Task, Unanswered
from rushes.writing.enhance import Enhanced, enhance
from rushes.writing.shots import Shot, Wish, shots
from rushes.writing.translation import UnsupportedPair, translate

__all__ = ["Ask", "Enhanced", "Shot", "Task", "Unanswered", "UnsupportedPair", "Wish", "enhance", "shots", "translate"]
