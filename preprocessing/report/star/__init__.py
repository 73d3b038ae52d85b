"""What a data set knows of one star: its rows in all tables, and its light."""
