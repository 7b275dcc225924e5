"""Which of AWS's errors mean that a section is not configured."""

from __future__ import annotations

import pytest

from liveaudit.catalog.rows import Section

SECTION = Section("s", None, absent=frozenset({"NoSuchThing", "AccessDeniedException: is not enabled"}))


@pytest.mark.parametrize(
    ("code", "message", "means_it"),
    [
        ("NoSuchThing", "There is no such thing.", True),
        ("NoSuchThings", "", False),
        ("AccessDeniedException", "Macie is not enabled.", True),
        ("AccessDeniedException", "User is not authorized to perform macie2:GetMacieSession", False),
        ("OtherException", "Macie is not enabled.", False),
    ],
)
def test_a_code_alone_or_with_its_message(code: str, message: str, means_it: bool) -> None:
    assert SECTION.means_absence(code, message) is means_it
