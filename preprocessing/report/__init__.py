"""What the tables of a data set say, for people: it reads tables, and computes none of them."""
