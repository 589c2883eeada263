"""PostgreSQL for the hub: started, dumped, restored."""
