"""The public APIs, one folder each. They translate; they make no rules of business."""
