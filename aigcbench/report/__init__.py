"""From result rows to standings, tables and the leaderboard page."""
