/** What rules over declared resources are written with. */
import type { Registration } from "./harness";

/** Answers what is wrong with a resource, or nothing. */
export type Rule = (resource: Registration, stack: string) => string | false | undefined;

export type Tree = Readonly<Record<string, unknown>>;

export const tree = (value: unknown): Tree =>
  typeof value === "object" && value !== null ? (value as Tree) : {};
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const container = (service: Registration) =>
  tree(tree(service.inputs.taskSpec).containerSpec);

/** The cloud has networks and containers too, which are others. */
export const isCloud = ({ type }: Registration) => type.startsWith("openstack:");

/** A rule for resources whose type ends with `type`. */
export const of =
  (type: string, rule: Rule): Rule =>
  (resource, stack) =>
    resource.type.endsWith(`:${type}`) && !isCloud(resource) && rule(resource, stack);
