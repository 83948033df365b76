"""How the collecting goes: who started, finished and broke off, and what was left unanswered."""
