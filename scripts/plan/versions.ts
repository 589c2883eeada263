/**
 * Gives mocked resources that any change replaces a version, so that a change shows in all that refers
 * to them: a new certificate in the service that has it, as in a real `up`.
 */
import type { Inputs, Mock } from "./mocks";
import { digest } from "./facts";
import { shortType } from "./plan";
import { isMadeAnew } from "./replaces";

/** A mock of which every answer names the inputs that it was made from. */
export function versioned(type: string, mock: Mock): Mock {
  if (!isMadeAnew(shortType(type))) return mock;
  return (name: string, inputs: Inputs) => {
    const version = digest(JSON.stringify([name, inputs]));
    const { id, outputs } = mock(name, inputs);
    const marked = Object.entries(outputs).map(([output, value]) => [
      output,
      typeof value === "string" ? mark(value, version) : value,
    ]);
    return { id: `${id}-${version}`, outputs: Object.fromEntries(marked) as typeof outputs };
  };
}

/** Puts the version where a mock has constant text: an automatic name's end, a key, a password. */
function mark(text: string, version: string): string {
  return text.replace(/1a2b3c4$|AAAA/, version).replace(/^p{8,}$/, (all) => version + all.slice(8));
}
