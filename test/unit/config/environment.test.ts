// A course's environment as the program has it: the lists, and the files with what is in them.
import { accepted, valid } from "../lib/configHelp";

test("the lines of the file without its comments, and every file of a folder", () => {
  const { environment } = accepted(valid.local, {
    environment: {
      requirements: "requirements.txt",
      packages: ["graphviz", "g++"],
      kernels: ["r"],
      extensions: ["jupyterlab-git >= 0.50"],
      files: { "/opt/course": "data", "/etc/stars.csv": "data/stars.csv" },
    },
  });
  if (environment?.kind !== "lists") throw new Error("not lists");
  const files = environment.files.map(({ target, content, executable }) => [
    target,
    content.toString(),
    executable,
  ]);
  expect({ ...environment, files }).toEqual({
    kind: "lists",
    requirements: ["sympy==1.14.0", "numpy", "seaborn>=0.13"],
    packages: ["graphviz", "g++"],
    kernels: ["r"],
    extensions: ["jupyterlab-git >= 0.50"],
    files: [
      ["/opt/course/stars.csv", "name\nvega\n", false],
      ["/opt/course/run.sh", "#!/bin/sh\n", true],
      ["/etc/stars.csv", "name\nvega\n", false],
    ],
  });
});

test("a version that the image has may be written down", () => {
  const around = {
    read: () => 'numpy==2.5.5\nmine @ https://example.edu/mine.whl\nx[y]>1; python_version<"4"\n',
  };
  const { environment } = accepted(
    valid.local,
    { environment: { requirements: "r.txt" } },
    { around },
  );
  expect(environment).toMatchObject({ requirements: { length: 3 } });
});

test.each([
  "quay.io/jupyter/r-notebook:2026-10-06",
  "registry.example.edu:5000/course/image:v1",
  `jupyter/base-notebook@sha256:${"0".repeat(64)}`,
])("somebody else's image: %s", (image) => {
  const { environment } = accepted(valid.local, { environment: { image } });
  expect(environment).toEqual({ kind: "image", image });
});

test("without the section there is none", () => {
  expect(accepted(valid.local).environment).toBeUndefined();
});

test("a profile has what it says, and else what all servers have", () => {
  const { profiles } = accepted(valid.local, {
    student: { memory: "2G", memoryReserved: "512M", cpus: 2, cpusReserved: 0.5 },
    profiles: [
      { name: "Usual" },
      {
        name: "Large data, R",
        memory: "8G",
        cpus: 0.2,
        groups: ["staff"],
        environment: { kernels: ["r"] },
      },
    ],
  });
  expect(profiles).toMatchObject([
    {
      ...{ name: "Usual", slug: "usual", groups: [] },
      ...{
        memoryBytes: 2 * 2 ** 30,
        memoryReservedBytes: 512 * 2 ** 20,
        cpus: 2,
        cpusReserved: 0.5,
      },
    },
    {
      ...{ name: "Large data, R", slug: "large-data-r", groups: ["staff"] },
      // four times the memory, of which four times as much is kept free
      ...{
        memoryBytes: 8 * 2 ** 30,
        memoryReservedBytes: 2 * 2 ** 30,
        cpus: 0.2,
        cpusReserved: 0.2,
      },
      environment: { kind: "lists", kernels: ["r"] },
    },
  ]);
});
