"""The form of several cases at once: the one of a single case, without what is about its own words."""

from forum.forms.moderation import DecideForm


class BulkForm(DecideForm):
    """The same for several cases at once: which of them, and upon what, the boxes say (``web/bulk_page.py``)."""

    version = revision = marks = words = None  # each case has its own

    @property
    def was_typed_in(self) -> bool:
        """Whether there is anything to lose."""
        return any((self.note_author.data, self.note_team.data, self.warning.data, self.outcome.data))
