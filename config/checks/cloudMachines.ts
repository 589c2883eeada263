/** What is said of a cloud's machines by name: what each costs, and how many have had its place. */
import { cloud } from "../platformDefaults";
import type { Problem } from "../problems";
import type { Sections } from "../schema";
import type { Checked } from "./rule";

type OpenStack = NonNullable<Sections["openstack"]>;
export type CloudRule = (openstack: OpenStack, checked: Checked) => readonly Problem[];

/** A cost that leaves a machine out would be a wrong one. */
export const priced: CloudRule = ({ prices, flavors }) =>
  prices === undefined
    ? []
    : [...new Set(Object.values(flavors))]
        .filter((flavor) => flavor !== undefined && prices.flavorHour[flavor] === undefined)
        .map((flavor) => ({
          path: ["openstack", "prices", "flavorHour"],
          value: prices.flavorHour,
          problem: `has no price of ${flavor ?? ""}, which machines are made of`,
          fix: "write what it costs an hour, or take openstack.prices out",
        }));

/** A name that no machine has would do nothing, without a word. */
export const generations: CloudRule = (openstack) => {
  const { names } = cloud(openstack).nodes;
  const { storage } = openstack.flavors;
  const machines = ["proxy", "hub", ...(storage === undefined ? [] : ["storage"]), ...names];
  return Object.keys(openstack.generations)
    .filter((name) => !machines.includes(name))
    .map((name) => ({
      path: ["openstack", "generations", name],
      value: openstack.generations[name],
      problem: "is of no machine of this course",
      fix: `write one of ${machines.join(", ")}, or take the line out`,
    }));
};
