// Nobody's name is in what a preview, a plan or the outputs show: pull requests are read by many.
import { runProgram } from "../lib/harness";

const people = ["zoe-lovelace", "yves-turing", "xena-hopper"];
const [student = "", other = "", teacher = ""] = people;
const config = {
  platform: "local",
  course: { title: "T" },
  roster: { students: [student, other], staff: [teacher], groups: { lab: [other] } },
};

/** Every text in a value but those at secret paths, and what base64 hides of it. */
function shown(value: unknown, secrets: readonly string[], path = ""): string {
  if (secrets.some((secret) => path === secret)) return "";
  if (typeof value === "string") return `${value}\n${Buffer.from(value, "base64").toString()}\n`;
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([key, item]) => `${key}\n${shown(item, secrets, path === "" ? key : `${path}.${key}`)}`)
    .join("");
}

test("names of the class list are in no output and in no plain input", async () => {
  const { resources, outputs, secretOutputs, error } = await runProgram({ config });
  expect(error).toBeUndefined();
  expect(outputs["login"]).toEqual({ method: "dummy", students: 2, staff: 1 });
  const texts = [
    shown(outputs, secretOutputs),
    ...resources.map(({ inputs, secrets }) => shown(inputs, secrets)),
  ].join("");
  expect(texts).toContain("semesterhub-dev");
  for (const name of people) expect(texts).not.toContain(name);
  // They are there all the same, for the hub.
  const all = resources.map(({ inputs }) => shown(inputs, [])).join("");
  for (const name of people) expect(all).toContain(name);
});

test("a stack can be renamed: no resource's own name has the stack's", async () => {
  const namesIn = async (stack: string) => {
    const { resources, error } = await runProgram({ config, stack });
    expect(error).toBeUndefined();
    return resources.map(({ type, name }) => `${type} ${name}`).sort();
  };
  const names = await namesIn("ds101-autumn");
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((name) => name.includes("ds101"))).toEqual([]);
  expect(await namesIn("dev")).toEqual(names);
});
