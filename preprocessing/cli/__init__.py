"""The commands: they read arguments, call the package, print, and set the exit status."""
