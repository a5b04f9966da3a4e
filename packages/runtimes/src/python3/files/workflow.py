"""Runs the code of a workflow from its checkpoint to where it waits, or to its end, with the client that its script has."""

import asyncio
import json


async def run_workflow(function, arguments, checkpoint, ask=None):
    """What came of it: `result` or `suspend`, and the value. Where the worker answers, `ask` has it keep what inline steps give."""
    from wmill import client

    if not hasattr(client, "WorkflowCtx"):
        raise WorkflowError("this version of wmill has no workflows: require a newer one")
    context = watch(client.WorkflowCtx)(checkpoint)
    if ask is not None and hasattr(context, "_inline_http_client"):
        context._inline_http_client = StepKeeper(ask)
    token = client._workflow_ctx.set(context)
    try:
        kind, value = await follow(client, context, function, arguments)
    except getattr(client, "_StepFailure", ()) as failure:
        raise failure.exc from None
    finally:
        await context.finish()
        client._workflow_ctx.reset(token)
    if context.misuse:
        raise context.misuse
    return kind, value


async def follow(client, context, function, arguments):
    try:
        value = await function(**arguments)
    except client._StepSuspend as suspend:
        told = suspend.dispatch_info
        return ("result", told.get("result")) if told.get("mode") == "step_complete" else ("suspend", told)
    steps = list(context._pending)
    context._pending.clear()
    if steps:
        return "suspend", {"mode": "parallel" if len(steps) > 1 else "sequential", "steps": steps}
    if context.executing is not None:
        raise strayed(context.executing)
    return "result", value


def strayed(key):
    return WorkflowError(
        f'the workflow did not come to its task "{key}" again: what decides which steps it takes must be its arguments, or come from a step'
    )


class WorkflowError(Exception):
    """A workflow that cannot go on as it is written."""


class StepKeeper:
    """In the place of the client's connection to the server, for the calls that keep a step."""

    def __init__(self, ask):
        self.ask = ask

    async def post(self, url, content):
        said = json.loads(await self.ask("step", content.encode()))
        return Kept(said.pop("isKept"), said)

    async def aclose(self):
        pass


class Kept:
    """The reply to such a call."""

    headers = {"content-type": "application/json"}

    def __init__(self, is_kept, body):
        self.is_kept = is_kept
        self.body = body

    def raise_for_status(self):
        if not self.is_kept:
            raise RuntimeError("the step is not kept")

    def json(self):
        return self.body


class Steps(dict):
    """What is over, which also holds that a checkpoint stands for what the code takes it for."""

    def __init__(self, steps, context):
        super().__init__(steps)
        self.context = context

    def __contains__(self, key):
        if not super().__contains__(key):
            return False
        # The client looks here before its first pause after it was asked, so this is what it was asked for.
        kind, asking = self.context.kinds.get(key), self.context.asking
        if kind is None or asking is None or kind == asking:
            return True
        self.context.misuse = WorkflowError(
            f'the checkpoint "{key}" is that of {word_of(kind)}, and the workflow asks for {word_of(asking)} of this name: call it otherwise'
        )
        raise self.context.misuse


def word_of(kind):
    return "an approval" if kind == "approval" else f"a {kind}"


def watch(base):
    """The client's context, which knows what it is asked for and which steps are under way."""

    class Context(base):
        def __init__(self, checkpoint):
            super().__init__(checkpoint)
            self.executing = checkpoint.get("_executing_key")
            self.kinds = checkpoint.get("kinds", {})
            self.asking = None
            self.misuse = None
            self.body = asyncio.current_task()
            self.inline = set()
            self._completed = Steps(self._completed, self)

        async def finish(self):
            """Returns when no inline step is under way, so that none is cut off by a step beside it that waits."""
            if self.inline:
                await asyncio.wait(self.inline)
            http = getattr(self, "_inline_http_client", None)
            if http is not None:
                await http.aclose()

        def _next_step(self, *args, **kwargs):
            self.asking = "task"
            return super()._next_step(*args, **kwargs)

        def _retry_backoff(self, *args, **kwargs):
            self.asking = "sleep"
            try:
                return super()._retry_backoff(*args, **kwargs)
            finally:
                self.asking = "task"

        async def _sleep(self, *args, **kwargs):
            return await self._ask("sleep", super()._sleep(*args, **kwargs))

        async def _wait_for_approval(self, *args, **kwargs):
            return await self._ask("approval", super()._wait_for_approval(*args, **kwargs))

        async def _run_inline_step(self, *args, **kwargs):
            asked = self._ask("step", super()._run_inline_step(*args, **kwargs))
            if self.executing is not None:
                return await asked
            # A task of its own, which a cancel of what waits for it does not reach.
            step = asyncio.ensure_future(asked)
            self.inline.add(step)
            return await asyncio.shield(step)

        async def _never_resolve(self):
            await self._ask("task", super()._never_resolve())

        async def _ask(self, kind, work):
            self.asking = kind
            if self.executing is None:
                return await work
            # Of what is not over nothing is awaited here but what never comes.
            try:
                work.send(None)
            except StopIteration as end:
                return end.value
            work.close()
            if asyncio.current_task() is self.body:
                raise strayed(self.executing)
            await asyncio.Future()

    return Context
