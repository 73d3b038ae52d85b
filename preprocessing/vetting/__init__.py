"""What is known of each star: labels with their evidence, events, and vetted candidates."""
