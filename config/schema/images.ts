/** Images that are not built on the hub's machine: the section of a registry that has them. */
import { z } from "zod";
import { entry, file, line, written } from "./entry";
import { parseRegistry, registryProblem } from "../values";

/** The images section. */
export const images = entry(
  z.strictObject({
    registry: entry(written(parseRegistry, registryProblem), {
      about:
        "The registry, reached over HTTPS, and the folder in it; without one, images are in the " +
        "folder `semesterhub`. `npm run images` builds them on your computer and sends them there.",
      expects: "a host with its port, if it isn't 443, and a folder",
      example: "registry.example.edu:5000/course",
    }),
    username: entry(line(255).regex(/^[^:]+$/, "contains a colon"), {
      about: "Whom the machines log in as, for as long as they fetch; reading is all they need.",
      expects: "a user name, or that of a token",
      example: "course-reader",
      default: "none: the registry asks nobody",
    }).optional(),
    password: entry(line(4096), {
      about: "That user's password, or the token; encrypted.",
      expects: "a password",
      example: { secure: "v1:…" },
      secret: true,
      default: "none",
    }).optional(),
    certificateAuthority: entry(file(), {
      about: "The authority that signed the registry's certificate, in PEM, where it is your own.",
      expects: "the path of a PEM file",
      example: "tls/campus-ca.pem",
      default: "those that Debian trusts",
    }).optional(),
  }),
  {
    about:
      "A registry that has the course's images, so that nothing is built on the hub's machine. " +
      "Not for the platform `local`.",
    expects: "a section with registry",
    default: "images are built on the hub's machine, which has a registry for the others",
  },
);
