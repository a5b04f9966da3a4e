import time

from wmill import step, workflow


@workflow
async def main(count: int):
    total = 0
    began = time.monotonic()
    for n in range(count):
        total += await step("n", lambda: n)
    return {"sum": total, "ms": (time.monotonic() - began) * 1000}
