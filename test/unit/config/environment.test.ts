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
  const files = environment?.files.map(({ target, content, executable }) => [
    target,
    content.toString(),
    executable,
  ]);
  expect({ ...environment, files }).toEqual({
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
  expect(environment?.requirements).toHaveLength(3);
});

test("without the section there is none", () => {
  expect(accepted(valid.local).environment).toBeUndefined();
});
