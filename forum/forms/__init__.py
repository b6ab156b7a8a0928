"""Fields of forms: present, short enough, one of a list. Nothing that needs the database."""
