import os.path as p, sys, a.b
from . import z
try:
    import json
    from x import (q as w, r,)
except ImportError as e:
    json = None
    raise
if sys:
    def handler(): pass
else:
    async def handler(e): return 1
if __name__ == "__main__": main = 1
x, (y, *k), o.t, u[0] = z = 3
ann: int
ann2: int = 4
for i in range(3): j = 2
with open('x') as (fa, fb): wb = 1
del y
def f():
    global gg
    import inner
if (n := 10) > 5: pass
match x:
    case {"a": cap}: r1 = 1
    case _: r1 = 2
