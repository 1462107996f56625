"""Alarms: what other reports say against one."""
