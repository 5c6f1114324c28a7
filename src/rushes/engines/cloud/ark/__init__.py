"""BytePlus ModelArk: ByteDance's own Seedance."""
