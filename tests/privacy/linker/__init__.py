"""An attack on a stolen database: people who write, and somebody who tries to tell which posts are one person's."""
