"""After a model goes live: the log goes on, models age and are fitted anew, what is shown is clicked."""
