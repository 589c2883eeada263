// An assignment in browsers: a teacher's and a student's, and what a student wrote for the teacher's.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { notebook, python, source, write, type Cell } from "../lib/assignment";
import { launchBrowser, logInAt, openWindow, picture } from "../lib/browser";
import { Kernel } from "../lib/kernel";
import { markup, payloadCells, payloadFiles, payloadMetadata } from "../lib/payloads";
import { operator, Semester } from "../lib/semester";
import { until } from "../lib/until";
import { Watch } from "../lib/watch";

const name = `web-${Date.now().toString(36)}`;
const due = `${String(new Date().getFullYear() + 1)}-12-01T23:59`;
const grading = "/services/grading";

let semester: Semester;
let browser: Browser;
let teacher: Page;
let student: Page;
const kernels = new Map<string, Kernel>();
const open: ReturnType<Semester["user"]>[] = [];

let watch: Watch;
let failed: string | undefined;

/** A step of the story; after a failed one the others are not tried. */
function step(title: string, act: () => Promise<void>): void {
  test(title, async () => {
    if (failed !== undefined) throw new Error(`not tried, because "${failed}" failed`);
    try {
      await act();
    } catch (error) {
      failed = title;
      await picture(teacher, "failed-grading-teacher");
      await picture(student, "failed-grading-student");
      throw error;
    }
  });
}

async function kernelOf(who: string): Promise<Kernel> {
  const user = semester.user(who);
  expect(await user.logIn()).toBe(true);
  await user.start();
  await user.enter();
  open.push(user);
  return Kernel.start(user);
}

const row = (page: Page): ReturnType<Page["locator"]> =>
  page.locator("tr", { has: page.locator(`td.name a:text-is("${name}")`) });

/** Opens a notebook of ada's in JupyterLab and presses Validate; answers with what the dialog is about. */
async function validate(path: string): Promise<string> {
  const page = await student.context().newPage();
  await page.goto(`${semester.outputs.url}/user/ada/lab/workspaces/validate/tree/${path}?reset`);
  await page.locator(".validate-button button, button.validate-button").first().click();
  const message = page.locator("#validation-message");
  await message.waitFor({ timeout: 120_000 });
  await picture(page, "validation");
  const said = await message.innerText();
  await page.close();
  return said;
}

/** Presses one of formgrader's buttons for the assignment, and waits for its success. */
async function press(kind: string): Promise<void> {
  await row(teacher).locator(`td.${kind} a`).click();
  const dialog = teacher.locator(".modal.in");
  await dialog
    .getByText(/Success/)
    .first()
    .waitFor({ timeout: 120_000 });
  await dialog.locator("[data-dismiss=modal]").first().click();
  await dialog.waitFor({ state: "hidden" });
}

beforeAll(async () => {
  semester = await Semester.up();
  for (const who of ["teacher", "ada"]) kernels.set(who, await kernelOf(who));
  browser = await launchBrowser();
  const [theirs, own] = [await openWindow(browser), await openWindow(browser)];
  // MathJax comes from another site, which nothing here depends on.
  for (const window of [theirs, own]) await window.route(/mathjax/i, (route) => route.abort());
  watch = new Watch(theirs);
  [teacher, student] = [await theirs.newPage(), await own.newPage()];
});

afterAll(async () => {
  await browser.close();
  await Promise.all(open.map((user) => user.stop()));
});

const kernel = (who: string): Kernel => {
  const found = kernels.get(who);
  if (found === undefined) throw new Error(`${who} has no kernel`);
  return found;
};

step("a teacher gives an assignment out in formgrader", async () => {
  await write(kernel("teacher"), `~/course/source/${name}/p.ipynb`, source());
  await logInAt(teacher, `${semester.outputs.url}/hub/login`, "teacher", semester.outputs.password);
  await teacher.waitForURL(/\/user\/teacher\//);
  await teacher.goto(`${semester.outputs.url}${grading}/`);
  await row(teacher).waitFor();
  await press("assign");
  await press("release");
  await operator("assignment", "deadline", name, due);
  await picture(teacher, "formgrader");
});

step("a student sees the deadline, and fetches", async () => {
  await logInAt(student, semester.outputs.url, "ada", semester.outputs.password);
  await student.locator("#jp-main-dock-panel").waitFor();
  const menu = student.locator(".lm-MenuBar-item", { hasText: "Nbgrader" });
  await menu.click();
  await student.locator(".lm-Menu-item", { hasText: "Assignment List" }).click();
  const released = student.locator("#released_assignments_list .list_item", { hasText: name });
  await until("the deadline in the list", async () => {
    await student.locator("#refresh_assignments_list").click();
    const told = released.getByText(`due ${due.replace("T", " ")}`).first();
    await told.waitFor({ timeout: 4000 });
    return true;
  });
  await picture(student, "assignment-list");
  await released.getByRole("button", { name: "Fetch" }).click();
  const fetched = student.locator("#fetched_assignments_list .list_item", { hasText: name });
  await fetched.getByRole("button", { name: "Submit" }).waitFor();
});

step("what she wrote is validated: it fails before it is done, and passes then", async () => {
  expect(await validate(`${name}/p.ipynb`)).toMatch(/cells? failed|NotImplementedError/);
  const path = `~/${name}/p.ipynb`;
  const text = await kernel("ada").run(
    `import pathlib; print(pathlib.Path(${python(path)}).expanduser().read_text())`,
  );
  const { cells } = JSON.parse(text) as { cells: Cell[] };
  for (const one of cells) {
    if (one.id === "double") one.source = "def double(x):\n    return 2 * x";
    if (one.id === "essay") one.source = `My essay. ${markup["img"] ?? ""}${markup["link"] ?? ""}`;
  }
  await write(kernel("ada"), path, notebook(cells));
  expect(await validate(`${name}/p.ipynb`)).toContain("Success");
  await write(kernel("ada"), path, notebook([...cells, ...payloadCells()], payloadMetadata));
  for (const [file, content] of Object.entries(payloadFiles)) {
    await write(kernel("ada"), `~/${name}/${file}`, content);
  }
});

step("she hands in and sees the receipt", async () => {
  const fetched = student.locator("#fetched_assignments_list .list_item", { hasText: name });
  await fetched.getByRole("button", { name: "Submit" }).click();
  const submitted = student.locator("#submitted_assignments_list .list_item", { hasText: name });
  await submitted.first().waitFor();
  await until("the receipt in the list", async () => {
    await student.locator("#refresh_assignments_list").click();
    const received = submitted.getByText(/received \d{4}-\d\d-\d\d/).first();
    await received.waitFor({ timeout: 4000 });
    return true;
  });
  await picture(student, "receipt");
});

step("none of a student's script runs where the teacher grades", async () => {
  await operator("assignment", "collect", name);
  await operator("assignment", "autograde", name);
  await teacher.goto(`${semester.outputs.url}${grading}/formgrader/gradebook/${name}/p`);
  await teacher.locator("td.name a").first().click();
  await teacher.locator("input.score#essay").waitFor();
  await teacher.getByText("My essay.").waitFor();
  expect(await watch.after(teacher)).toEqual([]);
  await picture(teacher, "submission");
});

step("the teacher's own buttons on that page work: the name, the score", async () => {
  const page = teacher.url();
  await teacher.locator(".glyphicon-eye-open").click();
  await teacher.locator("a.name-shown").waitFor();
  const saved = teacher.waitForResponse(
    (answer) => answer.url().includes("/api/grade/") && answer.request().method() === "PUT",
  );
  await teacher.locator("input.score#essay").fill("1.5");
  await teacher.keyboard.press("Tab");
  expect((await saved).status()).toBe(200);
  await teacher.goto(page);
  // The page is there before the scores.
  const score = await until("the score that was saved", async () => {
    const value = await teacher.locator("input.score#essay").inputValue();
    return value === "" ? undefined : value;
  });
  expect(score).toBe("1.5");
});

step("two graders at once: whose page is older than the other's change is told", async () => {
  const window = await openWindow(browser);
  await window.route(/mathjax/i, (route) => route.abort());
  const tutor = await window.newPage();
  const told: string[] = [];
  tutor.on("dialog", (dialog) => {
    told.push(dialog.message());
    void dialog.accept();
  });
  await logInAt(tutor, `${semester.outputs.url}/hub/login`, "tutor", semester.outputs.password);
  await tutor.goto(`${semester.outputs.url}${grading}/`);
  await tutor.goto(teacher.url());
  const essay = (page: Page) => page.locator("input.score#essay");
  await until("the score on the tutor's page", async () =>
    (await essay(tutor).inputValue()) === "1.5" ? true : undefined,
  );
  const saved = teacher.waitForResponse((answer) => answer.request().method() === "PUT");
  await essay(teacher).fill("2");
  await teacher.keyboard.press("Tab");
  expect((await saved).status()).toBe(200);
  await essay(tutor).fill("0.5");
  await tutor.keyboard.press("Tab");
  await until("the tutor to see the teacher's score", async () =>
    (await essay(tutor).inputValue()) === "2" ? true : undefined,
  );
  expect(told).toEqual([expect.stringMatching(/^teacher has changed this/)]);
  await window.close();
});

step(
  "nor in the files beside the notebook, the lists, or a link that a student sends",
  async () => {
    const page = teacher.url().replace(/[?#].*/, "");
    for (const file of Object.keys(payloadFiles)) {
      // What can hold script is saved, not shown; what is no part of the assignment is not there.
      const came = await teacher
        .goto(`${page}${encodeURIComponent(file)}`)
        .then((answer) => answer?.status(), String);
      expect([file, String(came)]).toEqual([
        file,
        expect.stringMatching(/Download|ERR_ABORTED|404/),
      ]);
      expect(await watch.after(teacher)).toEqual([]);
    }
    const lists = [
      ...[`manage_submissions/${name}`, `gradebook/${name}`, `gradebook/${name}/p`],
      ...["manage_students", "manage_students/ada", `manage_students/ada/${name}`],
    ];
    for (const list of lists) {
      await teacher.goto(`${semester.outputs.url}${grading}/formgrader/${list}`);
      expect([list, await watch.after(teacher)]).toEqual([list, []]);
    }
    await teacher.goto(`${semester.outputs.url}${grading}/overview`);
    expect(await watch.after(teacher)).toEqual([]);
    for (const way of [
      "manage_submissions/%22;top.pwned=1;%22",
      "gradebook/x%3Cimg src=x onerror=top.pwned=1%3E",
    ]) {
      const answer = await teacher.goto(`${semester.outputs.url}${grading}/formgrader/${way}`);
      expect(answer?.status()).toBe(404);
      expect(await watch.after(teacher)).toEqual([]);
    }
  },
);

step("nor in feedback, which the student gets in the panel", async () => {
  await operator("assignment", "feedback", name);
  const path = join(semester.outputs.storage.path, "course", "feedback", "ada", name, "p.html");
  const feedback = readFileSync(path, "utf8");
  expect(feedback).toContain("My essay.");
  await teacher.goto(`${semester.outputs.url}${grading}/overview`);
  await teacher.setContent(feedback);
  await teacher.getByText("My essay.").waitFor();
  expect(await watch.after(teacher)).toEqual([]);
  const submitted = student.locator("#submitted_assignments_list .list_item", { hasText: name });
  await student.locator("#refresh_assignments_list").click();
  // Only the new list tells of it; a button of the old one does nothing.
  await submitted.getByText("(feedback available to fetch)").first().waitFor();
  await submitted.getByRole("button", { name: "Fetch Feedback" }).first().click();
  await submitted.getByText("(view feedback)").first().waitFor();
  await picture(student, "feedback");
});

step("a student has no way into formgrader", async () => {
  for (const path of ["/", "/formgrader/manage_assignments", "/overview"]) {
    const answer = await student.goto(`${semester.outputs.url}${grading}${path}`);
    expect([path, answer?.status()]).toEqual([path, 403]);
  }
});

test("the watch sees what runs in a page that lets it", async () => {
  const window = await openWindow(browser);
  const own = new Watch(window);
  const page = await window.newPage();
  await page.goto(`${semester.outputs.url}/hub/login`);
  await page.setContent(Object.values(markup).join("\n"));
  const seen = (await own.after(page)).join(" ");
  for (const kind of ["img", "svg", "frame", "details", "style"]) expect(seen).toContain(kind);
});
