import * as pulumi from "@pulumi/pulumi";
import type { ImagePlan } from "./images";
import { onMachine, type Machine } from "../machines/machine";

/** Where images are between machines. */
export interface ImageStore {
  /** Host and port, as Docker logs in to it. */
  readonly server: pulumi.Input<string>;
  /** The folder in it. */
  readonly folder: string;
  /** Absent: it asks nobody. */
  readonly login?: { readonly username: string; readonly password: pulumi.Input<string> };
  /** What to do where it has not got an image. Default: nothing, it has what was sent. */
  readonly advice?: string;
}

/** An image that came to a machine. */
export interface Pulled {
  readonly resource: pulumi.Resource;
  /** What it is called there, known in a preview. */
  readonly name: pulumi.Output<string>;
  /** Its name with its digest, by which an engine that has it asks nobody. */
  readonly reference: pulumi.Output<string>;
}

/** Sends an image that was built on a machine to a store. */
export function pushImage(
  store: ImageStore,
  plan: ImagePlan,
  machine: Machine,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const environment = { ...environmentFor(store, plan), IMAGE: plan.tag };
  return machine.run(
    `${plan.image}-push`,
    { create: "images/image-push.sh", environment, ...stdinFor(store) },
    options,
  ).resource;
}

/** Brings an image from a store to a machine, ahead of its first use there. */
export function pullImage(
  store: ImageStore,
  plan: ImagePlan,
  machine: Machine,
  options: pulumi.CustomResourceOptions,
): Pulled {
  const environment = { ...environmentFor(store, plan), ADVICE: store.advice ?? "" };
  const { resource, stdout } = machine.run(
    onMachine(`${plan.image}-pull`, machine),
    { create: "images/image-pull.sh", environment, ...stdinFor(store) },
    options,
  );
  return {
    resource,
    // Depended on as pulled.
    name: pulumi.all([environment.THERE, resource.urn]).apply(([there]) => there),
    // What a script printed that was given a secret may count as one; an image's name is none.
    reference: pulumi.unsecret(stdout).apply((text) => text.trim()),
  };
}

function environmentFor({ server, folder, login }: ImageStore, { image, hash }: ImagePlan) {
  return {
    SERVER: server,
    THERE: pulumi.interpolate`${server}/${folder}/${image}:${hash}`,
    USERNAME: login?.username ?? "",
  };
}

function stdinFor({ login }: ImageStore) {
  return login === undefined ? {} : { stdin: login.password };
}
