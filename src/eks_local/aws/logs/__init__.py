"""CloudWatch Logs where moto falls short: filter patterns, and streams that are named by a prefix.

moto knows terms and phrases, and lets every other pattern match every event. `patterns` and `conditions` read the
patterns of CloudWatch, `responses` are the operations that differ. Retention is recorded, and nothing expires.
"""

import time

import moto.logs.models as moto_models
from moto.logs import urls as moto_urls

from eks_local.aws.logs.patterns import EventMessageFilter
from eks_local.aws.logs.responses import LogsResponse


def install() -> None:
    """Put these in the place of moto's. Before the first request; again does nothing."""
    moto_models.EventMessageFilter = EventMessageFilter
    moto_urls.url_paths["{0}/$"] = LogsResponse.dispatch
    # moto counts event ids from 0 in each process. Those of a state that was loaded must not come again: readers tell
    # events apart by them.
    moto_models.LogEvent._event_id = max(moto_models.LogEvent._event_id, time.time_ns())
