"""What a task costs those behind it: parts of the rules that price stations instead of being greedy."""
