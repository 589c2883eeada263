/** What students' servers have beside what every course's have: packages, kernels, files. */
import { z } from "zod";
import { absolutePath, entry, file, line } from "./entry";

/** A Debian package's name, by Debian's own rule. A dash at the end would have apt remove it. */
export const debianPackage = () =>
  line(100).regex(
    /^[a-z0-9][a-z0-9+.-]*[a-z0-9+]$/,
    "is not the name of a Debian package: small letters, digits and + - .",
  );

/** Kernels that images/environment knows how to install. */
export const kernelNames = ["r"] as const;

const host = "[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]{1,5})?";
const repository = "[a-z0-9]+(?:[._-]+[a-z0-9]+)*";
const imageReference = new RegExp(
  `^(?:${host}/)?${repository}(?:/${repository})*` +
    "(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$",
);

/** An image that stays what it is: by digest, or by a tag that isn't moved every week. */
const image = () =>
  line(400)
    .regex(imageReference, "is not the name of an image")
    .refine(
      (text) => text.includes("@sha256:") || /:[^/]+$/.test(text),
      "has no tag, so it means another image every week",
    )
    .refine((text) => !text.endsWith(":latest"), "means another image every week");

/** What an environment may have. */
export const environmentSection = () =>
  z.strictObject({
    image: entry(image(), {
      about:
        "An image that somebody else made, instead of all keys below: any that Zero to JupyterHub" +
        " runs, of docker-stacks or repo2docker. The course's users, limits and rules are put around it.",
      expects: "the name of an image with a tag or a digest",
      example: "quay.io/jupyter/r-notebook:2026-10-06",
      default: "the course's notebook image",
    }).optional(),
    requirements: entry(file(), {
      about:
        "A file of Python packages, as pip reads it: a line `NAME`, `NAME==VERSION` or" +
        " `NAME @ https://…` for each. Versions that the image has stay as they are.",
      expects: "the path of a text file",
      example: "requirements.txt",
      default: "no file",
    }).optional(),
    packages: entry(z.array(debianPackage()), {
      about: "Packages of Debian 13.",
      expects: "a list of package names",
      example: ["graphviz", "ffmpeg"],
    }).default([]),
    kernels: entry(z.array(z.enum(kernelNames)), {
      about: "Languages beside Python: `r` is R with IRkernel, from Debian.",
      expects: "a list of r",
      example: ["r"],
    }).default([]),
    extensions: entry(z.array(line(200)), {
      about: "Extensions of JupyterLab, by the names of their Python packages.",
      expects: "a list of names, each with a version if need be",
      example: ["jupyterlab-git", "jupyterlab-lsp==5.2.0"],
    }).default([]),
    files: entry(z.record(absolutePath(), file()), {
      about:
        "Files and folders that are put into the image: where each goes, and which it is. Everybody" +
        " can read them and nobody change them.",
      expects: "paths in the image, each with the path of a file or folder here",
      example: { "/usr/local/share/course/stars.csv": "data/stars.csv" },
    }).default({}),
  });

/** The environment section. */
export const environment = entry(environmentSection(), {
  about:
    "What students' servers have beside JupyterLab, nbgrader and the scientific packages. It becomes" +
    " an image of its own on top of the course's, built before anything of the running course" +
    " changes. See docs/environment.md.",
  expects: "a section",
  default: "the course's notebook image as it is",
});
