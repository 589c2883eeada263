"""Encrypted, incremental backups of a course by duplicity, and the way back."""
