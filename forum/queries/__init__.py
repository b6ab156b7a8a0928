"""SELECTs for pages, always through the one visibility rule."""
