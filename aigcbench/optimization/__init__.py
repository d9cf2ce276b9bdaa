"""Classical machinery that the formulations and solvers share: linear models and their solvers, the genetic loop, deadlines."""
