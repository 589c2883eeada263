// A workshop on machines: its pass phrases are encrypted, and its homes have a limit.
import { formatPath } from "../../../config/problems";
import { refused, valid } from "../lib/configHelp";

const workshop = {
  roster: { staff: ["grace"] },
  login: {
    method: "workshop",
    passphrase: "seven green owls by the sea",
    staffPassphrase: "quiet harbour at dawn",
  },
};

test.each([
  [{}, [], ["login.passphrase", "login.staffPassphrase", "student.homeQuota"]],
  [{ student: { homeQuota: "1G" } }, [], ["login.passphrase", "login.staffPassphrase"]],
  [{}, ["login"], ["student.homeQuota"]],
  [{ student: { homeQuota: "1G" } }, ["login"], []],
])("%j with secrets %j: %j", (more, secretKeys, paths) => {
  const problems = refused(valid.openstack, { ...workshop, ...more }, { secretKeys });
  expect(problems.map(({ path }) => formatPath(path)).sort()).toEqual(
    paths.map((path) => `semesterhub:${path}`),
  );
});
