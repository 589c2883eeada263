"""Takes what students hand in, at once, into a store that no student can write."""
