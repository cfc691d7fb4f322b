"""Functions that work queues off."""

from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from infra.catalogue import Consumer, Function, Queue
from infra.constructs.base_function import BaseFunction, Surroundings
from trading.platform.settings import variable, variables


class QueueFunction(BaseFunction):
    """A function that works a queue off in batches and reports each failed message on its own.

    It knows the budget of one message, and when one that failed comes again. What it has no time to
    begin it sends to its own queue; to a foreign queue nobody sends but its owner.
    """

    def __init__(  # noqa: PLR0913 - a row with the two halves of its queue
        self,
        scope: Construct,
        construct_id: str,
        *,
        row: Function,
        consumer: Consumer,
        queue: Queue,
        around: Surroundings,
    ) -> None:
        super().__init__(scope, construct_id, row=row, around=around)
        source = around.queues[queue.name]
        times = variables(message_budget_seconds=consumer.budget_seconds, retry_seconds=around.retry_seconds)
        for name, value in times.items():
            self.function.add_environment(name, value)
        if not queue.foreign and queue.name not in row.sends_to:
            self.allow({"SendMessage"}, [source.queue_arn], service="sqs")
            self.function.add_environment(variable("QUEUE", queue.name), source.queue_url)
        self.function.add_event_source(
            sources.SqsEventSource(
                source,
                batch_size=consumer.batch_size,
                report_batch_item_failures=True,
                max_concurrency=consumer.max_concurrency,
            )
        )
