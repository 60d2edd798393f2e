"""An attacker of published figures who shares no code with protection or audit (X2, X3)."""
