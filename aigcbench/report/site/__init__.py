"""The leaderboard as a static site: HTML pages, their data as files, nothing loaded from the network."""
