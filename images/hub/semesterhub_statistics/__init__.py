"""Statistics of a course: who used it when, how servers started, what the machines had left."""
