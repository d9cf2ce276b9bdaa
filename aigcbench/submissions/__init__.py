"""Submissions: published results as folders of claims and decisions, and how they are held against the checker."""
