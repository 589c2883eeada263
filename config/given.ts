/** A section without the keys that are not there. */
type Given<Section> = {
  readonly [Key in keyof Section as undefined extends Section[Key] ? never : Key]: Section[Key];
} & {
  readonly [Key in keyof Section as undefined extends Section[Key] ? Key : never]?: Exclude<
    Section[Key],
    undefined
  >;
};

/** Leaves out the keys that are not there. */
export function given<Section extends object>(section: Section): Given<Section> {
  return Object.fromEntries(
    Object.entries(section).filter(([, value]) => value !== undefined),
  ) as Given<Section>;
}
