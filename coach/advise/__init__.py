"""Assessment -> what to do next, who can help, which old numbers to correct."""
