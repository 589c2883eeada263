// What `npm run alerts` shows.
import { alertsScreen, testLines } from "../../../scripts/lib/status/alertsScreen.mjs";

const now = new Date("2026-12-01T12:00:00Z");
const seconds = now.getTime() / 1000;
const well = {
  watching: true,
  channels: ["email", "webhook"],
  rules: ["disk", "memory"],
  open: [],
  waiting: 0,
  alertmanager: false,
  sent: { email: seconds - 7200 },
  errors: {},
};

test("nothing is open", () => {
  const screen = alertsScreen(well, "dev", now);
  expect(screen).toContain("semesterhub dev: nothing is open, 2 rules");
  expect(screen).toMatch(/email\s+last message 2 h ago/);
  expect(screen).toMatch(/webhook\s+nothing was sent yet/);
  expect(screen).not.toMatch(/Waiting|Decides/);
});

test("who decides, where it is not the alerts themselves", () => {
  expect(alertsScreen({ ...well, alertmanager: true }, "dev", now)).toMatch(
    /Decides\s+Alertmanager/,
  );
});

test("what is open, with what to do, and what could not be sent", () => {
  const open = [
    {
      ...{ rule: "disk", subject: "anna", text: "The disk of anna is 95 % full." },
      ...{ advice: "Make room.", since: seconds - 600 },
    },
  ];
  const errors = { email: "smtp.example.edu refused: 535", heartbeat: "beat.example.edu: 404" };
  const screen = alertsScreen({ ...well, open, errors, waiting: 3 }, "dev", now);
  expect(screen).toContain("1 alert open");
  expect(screen).toContain("✗ The disk of anna is 95 % full. (since 10 min)\n  Make room.");
  expect(screen).toContain("FAILED: smtp.example.edu refused: 535");
  expect(screen).toMatch(/heartbeat\s+FAILED: beat/);
  expect(screen).toMatch(/Waiting\s+3 messages/);
});

test("nobody watches", () => {
  expect(alertsScreen({ ...well, watching: false }, "dev", now)).toContain("NOBODY WATCHES");
});

test("what each channel answered to the test", () => {
  expect(testLines({ email: "", webhook: "chat.example.edu answered 404" })).toBe(
    "✓ email: taken; look whether it arrives\n✗ webhook: chat.example.edu answered 404\n",
  );
});
