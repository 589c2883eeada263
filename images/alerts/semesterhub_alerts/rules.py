"""All rules, the worst for a course first."""

from semesterhub_alerts import course_rules, machine_rules

RULES = (*course_rules.RULES, *machine_rules.RULES)
ADVICE = {rule.name: rule.advice for rule in RULES}
