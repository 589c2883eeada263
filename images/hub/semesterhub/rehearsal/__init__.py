"""A rehearsal: a class of made-up students works in the course, and is gone again."""
