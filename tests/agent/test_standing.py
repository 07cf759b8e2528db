from __future__ import annotations

from peerplan_jupyter.agent.tally import tally
from peerplan_jupyter.review.feedback import all_feedback

from .conftest import agent, annotate, by_a_person, data, made, run, verdict


def test_the_counts_are_those_of_the_list_after_every_change(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, _ = await made(call)

            async def same():
                def read(plans):
                    document = plans.get(plan)
                    listed = all_feedback(document)
                    wanting = [one for one in listed if not one.addressed]
                    assert tally(document) == (len(listed), len(wanting))
                    return tuple(tally(document))

                return await workspace.peer.acall(read)

            assert await same() == (0, 0)
            first, second = [await annotate(workspace, plan, word) for word in "ab"]
            assert await same() == (2, 2)
            await call("reply", plan=plan, annotation=first, content="Done.")
            assert await same() == (2, 1)
            await annotate(workspace, plan, "c", name="Noa")
            assert await same() == (3, 2)
            await by_a_person(workspace, plan, op="reply", annotationId=first, content="No.")
            assert await same() == (3, 3)
            await by_a_person(workspace, plan, op="resolve", annotationId=second)
            assert await same() == (2, 2)
            await call("request_review", plan=plan)
            await verdict(workspace, plan, "changes_requested")
            assert await same() == (3, 3)
            told = data(await call("request_review", plan=plan))
            assert (told["standing"]["open"], told["standing"]["unanswered"]) == await same()
            assert await same() == (3, 2)

    run(loop)
