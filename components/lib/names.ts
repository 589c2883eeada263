/**
 * The name of a Docker object. Logical names are short, since the URN has the stack; on an engine the
 * stack is part of the name, so that two stacks can share one.
 */
export function dockerName(stack: string, thing: string): string {
  return `semesterhub-${stack}-${thing}`;
}
