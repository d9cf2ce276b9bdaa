"""Request traces of real services, read from CSV files and turned into instances of a scenario's fleet."""
