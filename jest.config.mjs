// @ts-check
// Five projects: `unit` is the quick loop, `deploy` and `browser` need a Docker engine, `openstack` a
// cloud, `machines` the bed that test/machines.mjs makes.

/** @type {import("jest").Config} */
const common = {
  testEnvironment: "node",
  transform: {
    "\\.(ts|mjs)$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2022" },
        module: { type: "commonjs" },
        sourceMaps: "inline",
      },
    ],
  },
  // Jest looks through all files below these, which takes seconds where tools and packages are.
  roots: ["<rootDir>/test"],
  moduleFileExtensions: ["ts", "js", "mjs", "cjs", "json", "node"],
  // Node's resolution knows files by their full name; the program leaves endings out.
  moduleNameMapper: {
    "^(\\.{1,2}/.*)\\.js$": "$1",
    // The SDK loads both, a second for each test file, to turn functions into text; the program has
    // no such functions.
    "^@npmcli/arborist$": "<rootDir>/test/unit/nothing.ts",
    "/typescript-shim$": "<rootDir>/test/unit/nothing.ts",
  },
};

/** @type {import("jest").Config} */
export default {
  // Jest would leave a core idle, which is half of a small machine.
  maxWorkers: "100%",
  projects: ["unit", "deploy", "browser", "openstack", "machines"].map((name) => ({
    ...common,
    displayName: name,
    setupFilesAfterEnv: [`<rootDir>/test/${name}/setup.ts`],
    // Those in folders are run by files beside them: test/unit/group.ts.
    testMatch: [`<rootDir>/test/${name}/*.test.ts`],
  })),
};
