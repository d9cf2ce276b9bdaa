"""One server's temporal knapsack: which tasks to run on it for the most profit, by dynamic programming over arrivals.

A state is the set of running tasks (bits of an integer); at each arrival the finished ones leave, states that have become equal
merge, and each state branches into running the task or not. Capacity prices of the linear relaxation bound what any state can
end with, its potential, which prunes. Finished tasks are remembered for as long as a priced triple asks for them.
"""
