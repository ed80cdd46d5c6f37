# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a build was, or was not, rebuilt: a sentence, from what was on record as of one position."""

from projections.why.answer import answer, clause
from projections.why.inquiry import Inquiry
from projections.why.short import in_short

__all__ = ["Inquiry", "answer", "clause", "in_short"]
