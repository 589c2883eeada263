import { judgeCapacity } from "../../../scripts/lib/cloud/cloudNeeds.mjs";
import { settings, yaml } from "./fakeCloud";

describe("how many students at once", () => {
  const facts = { flavors: [{ name: "xlarge", memory: 32768, cores: 8, disk: 20 }] } as never;

  test("a limit of servers above that is a warning", () => {
    const [finding] = judgeCapacity(
      settings("  semesterhub:spawn:\n    activeServers: 230\n"),
      facts,
    );
    expect(finding).toMatchObject({ how: "warning" });
    expect(finding?.text).toContain("217 students at once");
    expect(finding?.text).toContain("56 of them can compute with 1 CPU each");
    expect(finding?.text).toContain("lets 230 start");
  });

  test("without nodes the hub's machine counts", () => {
    const text = yaml.replace("count: 7", "count: 0").replace("hub: large", "hub: xlarge");
    expect(judgeCapacity(settings("", text), facts)[0]?.text).toContain(
      "the hub's machine of 32 GB",
    );
  });
});
