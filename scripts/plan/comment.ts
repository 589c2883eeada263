/** A pull request's comment: what it changes, and what people of each course notice. */
import { causesOf, values } from "./causes";
import { comparePlans, type Change } from "./compare";
import { levels, notices, worst, type Effect, type Plans } from "./effects/effect";
import { effectOf, orderOnly } from "./effects/rules";
import type { Plan } from "./plan";

/** By which the comment is found and edited in place. */
export const marker = "<!-- semesterhub: what this pull request changes -->";

/** A stack before and after; undefined where there is no plan of it. */
export interface StackPlans {
  readonly stack: string;
  readonly base: Plan | undefined;
  readonly head: Plan | undefined;
}

/** GitHub takes 65,536 letters, GitLab a million. */
const longest = 60_000;

/** The whole comment, in Markdown. */
export function formatComment(stacks: readonly StackPlans[]): string {
  const sections = stacks.map(formatStack);
  const unchanged = stacks.filter((_, index) => sections[index] === undefined);
  const changed = sections.filter((section) => section !== undefined);
  const text = [
    marker,
    "## What this changes for people",
    ...changed.map(({ summary, details }) => `${summary}\n\n${details}`),
    ...(unchanged.length > 0
      ? [`Nothing changes in ${unchanged.map(({ stack }) => `\`${stack}\``).join(", ")}.`]
      : []),
    "_Read from the golden plans in `plans/`. What a real stack has to do may be more: its preview says._",
  ].join("\n\n");
  if (text.length <= longest) return `${text}\n`;
  const short = [
    marker,
    "## What this changes for people",
    ...changed.map(({ summary }) => summary),
  ];
  return `${short.join("\n\n")}\n\nThe resources are too many for a comment: \`git diff\` of \`plans/\` has them.\n`;
}

interface Section {
  readonly summary: string;
  readonly details: string;
}

/** One stack's part; undefined where nothing changes. */
export function formatStack({ stack, base, head }: StackPlans): Section | undefined {
  if (!base || !head) {
    const what = head ? "is new: nobody works on it yet" : "has no configuration any more";
    return { summary: `### \`${stack}\` ${what}`, details: "" };
  }
  const plans = { base, head };
  const changes = comparePlans(base, head);
  const causes = causesOf(changes, plans);
  if (changes.length === 0 && causes.length === 0) return undefined;
  const effects = changes.map((change) => effectOf(change, plans));
  const summary = [
    `### \`${stack}\`: ${headline(effects)}`,
    ...(causes.length > 0 ? [causes.map((cause) => `- ${cause}`).join("\n")] : []),
    effectTable(effects),
  ].join("\n\n");
  return { summary, details: formatDetails(changes, plans) };
}

function headline(effects: readonly Effect[]): string {
  return notices[worst(effects.map(({ level }) => level))].headline;
}

/** A row for each thing that happens, the worst first. */
function effectTable(effects: readonly Effect[]): string {
  const rows = new Map<string, { effect: Effect; machines: Set<string>; count: number }>();
  for (const effect of effects.filter(({ what }) => what !== orderOnly)) {
    const key = `${effect.level} ${effect.what}`;
    const row = rows.get(key) ?? { effect, machines: new Set(), count: 0 };
    if (effect.machine !== "") row.machines.add(effect.machine);
    rows.set(key, { ...row, count: row.count + 1 });
  }
  const sorted = [...rows.values()].sort(
    (a, b) =>
      levels.indexOf(b.effect.level) - levels.indexOf(a.effect.level) ||
      (a.effect.what < b.effect.what ? -1 : 1),
  );
  return [
    "| what happens | students notice | how long | machines |",
    "| --- | --- | --- | --- |",
    ...sorted.map(({ effect, machines }) => {
      const { notice, lasts } = notices[effect.level];
      const cells = [effect.what, notice, effect.lasts ?? lasts, shorten([...machines].sort())];
      return `| ${cells.map((cell) => cell.replaceAll("|", "\\|") || "–").join(" | ")} |`;
    }),
  ].join("\n");
}

function shorten(names: readonly string[]): string {
  return names.length <= 4
    ? names.join(", ")
    : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
}

const signs = { create: "+", update: "~", replace: "±", delete: "−", order: "·" } as const;

function formatDetails(changes: readonly Change[], { head }: Plans): string {
  const count = (kind: Change["kind"]) => changes.filter((change) => change.kind === kind).length;
  const counts = (["create", "update", "replace", "delete"] as const)
    .filter((kind) => count(kind) > 0)
    .map((kind) => `${count(kind)} ${kind}`);
  const of = Object.keys(head.resources).length;
  const lines = changes
    .filter(({ kind }) => kind !== "order")
    .map(({ key, kind, differences }) => {
      const shown = differences
        .slice(0, 3)
        .map((difference) => `    ${difference.path}: ${values(difference).replaceAll("`", "")}`);
      const more = differences.length > 3 ? [`    and ${differences.length - 3} more`] : [];
      return [`${signs[kind]} ${key}`, ...shown, ...more].join("\n");
    });
  return [
    `<details><summary>Of ${of} resources: ${counts.join(", ") || "none changes"}</summary>`,
    ["````", ...lines, "````"].join("\n"),
    "</details>",
  ].join("\n\n");
}
