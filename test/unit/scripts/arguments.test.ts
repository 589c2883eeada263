import { help, parse, stackName } from "../../../scripts/lib/command/arguments.mjs";

const command = {
  name: "logs",
  about: "Shows what a part wrote.",
  positionals: "PART [NAME]",
  least: 1,
  most: 2,
  options: {
    follow: { short: "f", about: "goes on" },
    since: { value: "TIME", about: "only what is younger" },
    target: { value: "PART", multiple: true, about: "only this" },
  },
};

test("words, switches and values are told apart", () => {
  const args = parse(command, ["hub", "-f", "--since", "1h", "--target=a", "--target", "b"]);
  expect(args.words).toEqual(["hub"]);
  expect(args.has("follow")).toBe(true);
  expect(args.get("since")).toBe("1h");
  expect(args.all("target")).toEqual(["a", "b"]);
  expect(args.has("help")).toBe(false);
});

test.each([
  [["hub", "--folow"], /Unknown option '--folow'\s+\(Did you mean --follow\?\)/],
  [["hub", "--zzzzzzzz"], /Unknown option '--zzzzzzzz'$/],
  [["hub", "-x"], /Unknown option '-x'/],
  [["hub", "--follow=yes"], /Unknown option '--follow=yes'|takes no/],
  [["hub", "--since"], /Option '--since <TIME>' argument missing/],
  [["hub", "--since", "1h", "--since", "2h"], /--since was given twice/],
  [[], /Something is missing: PART \[NAME\]/],
  [["student", "ada", "now"], /"now" is one word too many/],
])("%j is refused", (words, message) => {
  expect(() => parse(command, words)).toThrow(message);
});

test("a wrong call ends with 2 and says where help is", () => {
  try {
    parse(command, ["--nope"]);
    throw new Error("was accepted");
  } catch (error) {
    expect(error).toMatchObject({ code: 2, fix: expect.stringContaining("--help") as string });
  }
});

test("--help needs nothing else and lists every option", () => {
  expect(parse(command, ["--help"]).help).toBe(true);
  const text = help(command);
  for (const word of ["npm run logs -- PART [NAME]", "-f, --follow", "--since <TIME>", "--stack"]) {
    expect(text).toContain(word);
  }
});

test("the stack is dev unless it is said, and has a name that Docker can carry", () => {
  expect(stackName(command, parse(command, ["hub"]))).toBe("dev");
  expect(stackName(command, parse(command, ["hub", "-s", "spring-27"]))).toBe("spring-27");
  for (const bad of ["Dev", "-x", "a/b", "a b", "x".repeat(40)]) {
    expect(() => stackName(command, parse(command, ["hub", `--stack=${bad}`]))).toThrow(bad);
  }
});
