"""Stars that were never observed, and their files in the missions' layouts."""
