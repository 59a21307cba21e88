# -*- coding: utf-8 -*-
a = f"{x["a"]!r:>{width}} {{ }} \N{DASH} {(b := 1)}" rf'\{y}' 'it''s' """tri
ple""" b'\x00' \
    + u"x"
async def handler(event, context): return {"a": [1, (2)]}; c = 1
@deco(lambda x: x)
class C[T]: y: int = 0x1f; z = 1_000.5e-3
type A = int
globals()["dyn"] = 1
