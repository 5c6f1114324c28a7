"""Style transfer: a picture or a clip painted anew, in one of 26 styles or in that of any picture."""
