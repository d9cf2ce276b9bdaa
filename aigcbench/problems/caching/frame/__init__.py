"""The exact cache of one frame, every slot of it at its optimum: branch and bound over caches, proven by the slots' prices."""
