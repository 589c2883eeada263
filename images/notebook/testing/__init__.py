"""What tests and the benchmark share: a hub that is not one, and a student's server to talk to."""
