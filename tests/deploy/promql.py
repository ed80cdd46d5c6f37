# SPDX-License-Identifier: GPL-3.0-or-later
"""What an expression of Prometheus asks for, by the grammar of Prometheus itself."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import promql_parser
from promql_parser import AggregateExpr, Expr, MatchOp, VectorSelector

TARGET: Final = {"job", "instance", "namespace", "pod"}
"""Labels that Prometheus gives to whatever it scrapes."""

ITS_OWN: Final = {"up", "ALERTS"}
"""Metrics of Prometheus itself."""

Exported = Mapping[str, Mapping[str, set[str]]]
"""What is exported: of each metric the values of each label."""

CLUSTERS: Final[Exported] = {
    "kube_cronjob_created": {"cronjob": {"ebs-verify"}},
    "kube_cronjob_status_last_successful_time": {"cronjob": {"ebs-verify"}},
    "kube_job_failed": {"job_name": set(), "condition": {"true", "false", "unknown"}},
    "kube_job_status_failed": {"job_name": set(), "reason": set()},
}
"""What kube-state-metrics says of a cluster's jobs: its pages cronjob-metrics and job-metrics."""


class Asked(NamedTuple):
    """A metric that is asked for, with labels of the values that they may have; none is any."""

    metric: str
    labels: Mapping[str, frozenset[str]]


def asked(text: str) -> Iterator[Asked]:
    """Yield what an expression selects, with the labels that it selects and groups by.

    Raises ValueError where it is none.
    """
    nodes: list[Expr] = []
    whole = promql_parser.parse(text)
    promql_parser.walk(whole, pre_visit=nodes.append)  # it returns None: go on
    for node in nodes:
        if isinstance(node, AggregateExpr) and node.modifier is not None:
            inside = list(asked(node.expr.prettify()))
            by = {label: frozenset[str]() for label in node.modifier.labels}
            yield from (Asked(each.metric, by) for each in inside)
        if isinstance(node, VectorSelector):
            matchers = node.matchers.matchers
            yield Asked(str(node.name), {m.name: _values(m.op, m.value) for m in matchers})


def _values(op: MatchOp, value: str) -> frozenset[str]:
    """Return the values that a matcher names; of a pattern its alternatives."""
    alternatives = value.split("|") if op in (MatchOp.Re, MatchOp.NotRe) else [value]
    return frozenset(each for each in alternatives if re.fullmatch(r"[\w-]+", each))


def unknown(text: str, exported: Exported) -> Iterator[str]:
    """Yield what of an expression nobody exports."""
    exported = {**CLUSTERS, **exported}
    for metric, labels in asked(text):
        if metric in ITS_OWN:
            continue
        if metric not in exported:
            yield metric
            continue
        for label, values in labels.items():
            known = exported[metric].get(label)
            if known is None and label not in TARGET:
                yield f"{metric}{{{label}}}"
            yield from (f"{metric}{{{label}={v}}}" for v in values - (known or values))
