"""Everything HTTP that is not a page: the edge, sessions, guards, limits, headers, errors."""
