import sys, time, numpy as np
from aigcbench.discovery import find_solver, load_module
from aigcbench.tasks import task_named
from aigcbench.solver import Budget
card = find_solver("learned-models"); L = getattr(load_module(card.location), card.class_name)
sc=sys.argv[1]; learner=L(updates=int(sys.argv[2]) if len(sys.argv)>2 else 6000); task=task_named(sc)
class Run:
    saved=None
    def report(self,m):
        if m["updates"]%1000==0: print(time.process_time()-t0, m, flush=True)
    def validate(self,w): np.save("/tmp/t2drl_models.npy", w["models"]); return task.validate(learner.policy(w),"online")
    def save(self,s): pass
    def cpu_seconds(self): return 0
t0=time.process_time()
env=task.environments(*learner.environment_batch(),1)
w=learner.train(env, Budget(10**8,10**8,1000), np.random.default_rng(0), Run())
i=env.unwrapped._slots.template
np.set_printoptions(precision=3, suppress=True, linewidth=200)
print(np.hstack([i["model_quality"],i["model_time"]])-w["models"]); print(time.process_time()-t0)
