/** What the cloud asks for: so a semester's cost can be said before it is made. */
import { z } from "zod";
import { entry, line } from "./entry";

const price = () => z.number().min(0, "is less than 0").max(100_000, "is more than 100000");

/** The section openstack.prices. */
export const prices = entry(
  z.strictObject({
    currency: entry(line(3).regex(/^[A-Z]{3}$/, "is not three capital letters"), {
      about: "The currency of all prices.",
      expects: "three capital letters",
      example: "EUR",
    }),
    flavorHour: entry(z.record(line(), price()), {
      about: "What a machine of each flavor costs an hour.",
      expects: "the flavors, each with a price",
      example: { "m1.large": 0.11 },
    }),
    volumeGbMonth: entry(price(), {
      about: "What a GB of a volume costs a month.",
      expects: "a price",
      example: 0.05,
    }).default(0),
    floatingIpMonth: entry(price(), {
      about: "What a floating IP costs a month.",
      expects: "a price",
      example: 3,
    }).default(0),
  }),
  {
    about: "What the cloud asks for. `preview` and `up` then say what a semester costs.",
    expects: "a section with currency and flavorHour",
    default: "no cost is said",
  },
);
