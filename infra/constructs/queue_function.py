"""Functions that work queues off."""

from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from infra.catalogue import Function, Queue
from infra.constructs.base_function import BaseFunction, Surroundings

MAX_CONCURRENT_BATCHES = 20


class QueueFunction(BaseFunction):
    """A function that works a queue off in batches and reports each failed message on its own."""

    def __init__(
        self, scope: Construct, construct_id: str, *, row: Function, queue: Queue, around: Surroundings
    ) -> None:
        super().__init__(scope, construct_id, row=row, around=around)
        self.function.add_event_source(
            sources.SqsEventSource(
                around.queues[queue.name],
                batch_size=queue.batch_size,
                report_batch_item_failures=True,
                max_concurrency=MAX_CONCURRENT_BATCHES,
            )
        )
