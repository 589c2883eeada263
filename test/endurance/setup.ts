// The disorder itself takes ENDURANCE_MINUTES; each test's own patience is beside it.
jest.setTimeout(900_000);
