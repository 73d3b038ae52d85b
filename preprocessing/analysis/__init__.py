"""Light as arrays, and what several stages measure of it: trends, noise, periods, events."""
