"""The one exception of tools/masix."""


class MasixError(Exception):
    """One sentence: what was tried on what, why it failed, and what to try next."""

    def __init__(self, action, subject, reason, advice):
        super().__init__(f"{action}: {subject}: {reason}; {advice}")
