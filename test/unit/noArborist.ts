/** Stands for @npmcli/arborist, half of all that the Pulumi SDK loads; only inline functions need it. */
export default {};
