"""What goes wrong in the embedded archive, when it is asked to."""
