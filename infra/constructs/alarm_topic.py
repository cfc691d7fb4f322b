"""Whom alarms and costs reach."""

import aws_cdk as cdk
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.stages import STAGE_TAG, Stage

BUDGET_ALARMS = (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))
"""At which per cent of the month's budget an e-mail goes out: of what was spent, and of what is foreseen."""


class AlarmTopic(Construct):
    """The topic that alarms are published to, by CloudWatch alone, and who has it by e-mail."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", topic_name=f"{stage.prefix}-alarms", enforce_ssl=True)
        self._let_cloudwatch_publish(cdk.Stack.of(self).account)
        for address in stage.alarm_emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(address))
        if stage.monthly_budget_usd is not None:
            self._add_budget(stage.monthly_budget_usd, stage)

    def _let_cloudwatch_publish(self, account: str) -> None:
        """Say so in the topic's policy: one that says anything takes the place of AWS's own, which lets nobody else."""
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": account}},
            )
        )

    def _add_budget(self, usd: int, stage: Stage) -> None:
        people = [
            budgets.CfnBudget.SubscriberProperty(address=address, subscription_type="EMAIL")
            for address in stage.alarm_emails
        ]
        budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=stage.prefix,
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=usd, unit="USD"),
                cost_filters={"TagKeyValue": [f"user:{STAGE_TAG}${stage.name}"]},
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        comparison_operator="GREATER_THAN", notification_type=kind, threshold=per_cent
                    ),
                    subscribers=people,
                )
                for kind, per_cent in BUDGET_ALARMS
            ],
        )
