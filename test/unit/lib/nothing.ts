/** Stands for parts of the Pulumi SDK that only serialized functions need (jest.config.mjs). */
export default {};
