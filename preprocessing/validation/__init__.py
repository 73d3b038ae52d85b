"""What the search is worth: known signals put into light, to see what comes of them."""
