"""A file for an inbox, small, and what becomes of it."""

# One call that rings and that the caller gives up.
CALL = """event_id,call_id,event_type,direction,occurred_at
1,c1,call_started,incoming,2026-03-02T10:00:00Z
2,c1,agent_ringing,incoming,2026-03-02T10:00:05Z
3,c1,call_ended,incoming,2026-03-02T10:00:35Z
"""
PUBLISHED_CALLS = "select call_id, status from fct_calls"
